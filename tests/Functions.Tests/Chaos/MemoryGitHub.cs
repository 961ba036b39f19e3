using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Pipeline.Functions.Tests.Chaos;

/// <summary>
/// One repository on GitHub in memory, for runs of hundreds of days: the calls that the product makes, with git's rules of what may move
/// where. The form of requests and answers is proven elsewhere.
/// </summary>
internal sealed partial class MemoryGitHub(Misfortune misfortune) : HttpMessageHandler
{
    private readonly Dictionary<string, byte[]> blobs = [];
    private readonly Dictionary<string, SortedDictionary<string, string>> trees = [];
    private readonly Dictionary<string, Commit> commits = [];

    /// <summary>Branches and their newest commits.</summary>
    public SortedDictionary<string, string> Branches { get; } = new(StringComparer.Ordinal);

    /// <summary>All pull requests.</summary>
    public List<Pull> Pulls { get; } = [];

    /// <summary>Whether nobody answers.</summary>
    public bool Away { get; set; }

    /// <summary>Files of a branch, with their text.</summary>
    public SortedDictionary<string, string> FilesOf(string branch) =>
        new(trees[commits[Branches[branch]].Tree].ToDictionary(file => file.Key, file => Encoding.UTF8.GetString(blobs[file.Value])), StringComparer.Ordinal);

    /// <summary>A branch's commits above the first parents that another has, the newest first: their messages.</summary>
    public IReadOnlyList<string> MessagesAbove(string commit, string below)
    {
        var messages = new List<string>();
        for (var at = commit; at != below && commits.TryGetValue(at, out var found) && found.Parents.Count > 0; at = found.Parents[0])
        {
            messages.Add(found.Message);
        }

        return messages;
    }

    /// <summary>A person commits to a branch; null removes a file.</summary>
    public string Write(string branch, string message, params (string Path, string? Text)[] files)
    {
        var tree = Branches.TryGetValue(branch, out var parent) ? new SortedDictionary<string, string>(trees[commits[parent].Tree], StringComparer.Ordinal) : new(StringComparer.Ordinal);
        foreach (var (path, text) in files)
        {
            if (text is null)
            {
                tree.Remove(path);
            }
            else
            {
                tree[path] = Keep(Encoding.UTF8.GetBytes(text));
            }
        }

        return Branches[branch] = Keep(new Commit(Keep(tree), parent is null ? [] : [parent], message));
    }

    /// <summary>The owner merges a pull request and deletes its branch.</summary>
    public void Merge(Pull pull)
    {
        var (main, head) = (Branches[pull.Base], Branches[pull.Head]);
        var merged = new SortedDictionary<string, string>(trees[commits[main].Tree], StringComparer.Ordinal);
        var start = trees[commits[pull.Parent].Tree];
        foreach (var (path, blob) in trees[commits[head].Tree].Where(file => start.GetValueOrDefault(file.Key) != file.Value))
        {
            merged[path] = blob;
        }

        pull.MergeCommit = Branches[pull.Base] = Keep(new Commit(Keep(merged), [main, head], $"Merge pull request #{pull.Number}"));
        (pull.Open, pull.Merged, pull.HeadCommit) = (false, true, head);
        Branches.Remove(pull.Head);
    }

    /// <summary>The owner closes a pull request and deletes its branch.</summary>
    public void Close(Pull pull)
    {
        (pull.Open, pull.HeadCommit) = (false, Branches[pull.Head]);
        Branches.Remove(pull.Head);
    }

    /// <inheritdoc />
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (Away)
        {
            throw new HttpRequestException("Nobody answers.");
        }

        var body = request.Content is null ? null : JsonNode.Parse(await request.Content.ReadAsByteArrayAsync(cancellationToken));
        return await misfortune.CallAsync(() => Task.FromResult(Answer(request.Method, request.RequestUri!, body)), () => new HttpRequestException("The connection broke."));
    }

    private HttpResponseMessage Answer(HttpMethod method, Uri address, JsonNode? body)
    {
        if (address.Host == "archive.example")
        {
            return new(HttpStatusCode.OK) { Content = new ByteArrayContent(Archive(address.AbsolutePath.Trim('/'))) };
        }

        var parts = address.AbsolutePath.Trim('/').Split('/').Skip(3).Select(Uri.UnescapeDataString).ToArray();
        var query = address.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries).Select(part => part.Split('=', 2)).ToDictionary(part => part[0], part => Uri.UnescapeDataString(part[1]));
        return (method.Method, parts) switch
        {
            ("GET", []) => Json(new JsonObject { ["full_name"] = "ann/blog", ["default_branch"] = "main", ["html_url"] = "https://github.example/ann/blog", ["archived"] = false, ["disabled"] = false, ["permissions"] = new JsonObject { ["push"] = true } }),
            ("GET", ["git", "ref", var name]) => Branches.TryGetValue(name["heads/".Length..], out var tip) ? Json(Reference(name, tip)) : Refuse(404, "Not Found"),
            ("POST", ["git", "refs"]) => CreateBranch((string)body!["ref"]!, (string)body["sha"]!),
            ("PATCH", ["git", "refs", var name]) => MoveBranch(name["heads/".Length..], (string)body!["sha"]!),
            ("GET", ["git", "trees", var id]) => Json(Tree(id)),
            ("GET", ["git", "commits", var id]) => commits.TryGetValue(id, out var commit) ? Json(Describe(id, commit)) : Refuse(404, "Not Found"),
            ("POST", ["git", "blobs"]) => Json(new JsonObject { ["sha"] = Keep(Convert.FromBase64String((string)body!["content"]!)) }, 201),
            ("POST", ["git", "trees"]) => Json(new JsonObject { ["sha"] = Change((string)body!["base_tree"]!, body["tree"]!.AsArray()), ["tree"] = new JsonArray() }, 201),
            ("POST", ["git", "commits"]) => Json(Described(new Commit((string)body!["tree"]!, [.. body["parents"]!.AsArray().Select(parent => (string)parent!)], (string)body["message"]!)), 201),
            ("GET", ["contents", var path]) => Content(path, query["ref"]),
            ("GET", ["tarball", var id]) => new(HttpStatusCode.Found) { Headers = { Location = new Uri($"https://archive.example/{id}") } },
            ("GET", ["pulls"]) => Json(new JsonArray([.. Pulls.AsEnumerable().Reverse().Where(pull => (query["state"] == "all" || pull.Open == (query["state"] == "open")) && (!query.TryGetValue("head", out var head) || head == $"ann:{pull.Head}")).Take(100).Select(Describe)])),
            ("GET", ["pulls", var number]) => Json(Describe(Find(number))),
            ("POST", ["pulls"]) => Open((string)body!["head"]!, (string)body["base"]!, (string)body["title"]!),
            ("PATCH", ["pulls", var number]) => Json(Describe(Find(number))),
            ("POST", ["issues", var number, "labels"]) => Labelled(Find(number), body!["labels"]!.AsArray()),
            _ => Refuse(404, "Not Found"),
        };
    }

    private HttpResponseMessage CreateBranch(string reference, string commit)
    {
        var name = reference["refs/heads/".Length..];
        return Branches.TryAdd(name, commit) ? Json(Reference($"heads/{name}", commit), 201) : Refuse(422, "Reference already exists");
    }

    private HttpResponseMessage MoveBranch(string name, string commit)
    {
        var stands = false;
        for (var at = commit; !stands && commits.TryGetValue(at, out var found) && found.Parents.Count > 0; at = found.Parents[0])
        {
            stands = found.Parents[0] == Branches[name];
        }

        if (!stands && Branches[name] != commit)
        {
            return Refuse(422, "Update is not a fast forward");
        }

        Branches[name] = commit;
        return Json(Reference($"heads/{name}", commit));
    }

    private HttpResponseMessage Open(string head, string into, string title)
    {
        if (Pulls.Exists(pull => pull.Head == head && pull.Open))
        {
            return Refuse(422, $"A pull request already exists for ann:{head}.");
        }

        Pulls.Add(new() { Number = Pulls.Count + 1, Head = head, Base = into, Title = title, Parent = commits[Branches[head]].Parents[0] });
        return Json(Describe(Pulls[^1]), 201);
    }

    private static HttpResponseMessage Labelled(Pull pull, JsonArray labels)
    {
        pull.Labels.UnionWith(labels.Select(label => (string)label!));
        return Json(new JsonArray([.. pull.Labels.Select(label => new JsonObject { ["name"] = label })]));
    }

    private HttpResponseMessage Content(string path, string reference)
    {
        var commit = Branches.GetValueOrDefault(reference) ?? reference;
        return commits.TryGetValue(commit, out var found) && trees[found.Tree].TryGetValue(path, out var blob)
            ? Json(new JsonObject { ["type"] = "file", ["sha"] = blob, ["size"] = blobs[blob].Length, ["encoding"] = "base64", ["content"] = Convert.ToBase64String(blobs[blob]) })
            : Refuse(404, "Not Found");
    }

    private JsonObject Tree(string id)
    {
        var tree = commits.TryGetValue(id, out var commit) ? commit.Tree : id;
        return new()
        {
            ["sha"] = tree,
            ["truncated"] = false,
            ["tree"] = new JsonArray([.. trees[tree].Select(file => new JsonObject { ["path"] = file.Key, ["mode"] = "100644", ["type"] = "blob", ["sha"] = file.Value, ["size"] = blobs[file.Value].Length })]),
        };
    }

    private string Change(string baseTree, JsonArray changes)
    {
        var tree = new SortedDictionary<string, string>(trees[baseTree], StringComparer.Ordinal);
        foreach (var change in changes)
        {
            if ((string?)change!["sha"] is { } blob)
            {
                tree[(string)change["path"]!] = blob;
            }
            else
            {
                tree.Remove((string)change["path"]!);
            }
        }

        return Keep(tree);
    }

    private byte[] Archive(string commit)
    {
        using var archive = new MemoryStream();
        using (var gzip = new GZipStream(archive, CompressionLevel.Fastest, leaveOpen: true))
        using (var tar = new TarWriter(gzip))
        {
            foreach (var (path, blob) in trees[commits[commit].Tree])
            {
                tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, $"ann-blog/{path}") { DataStream = new MemoryStream(blobs[blob]), ModificationTime = DateTimeOffset.UnixEpoch });
            }
        }

        return archive.ToArray();
    }

    private Pull Find(string number) => Pulls[int.Parse(number, CultureInfo.InvariantCulture) - 1];

    private JsonObject Described(Commit commit) => Describe(Keep(commit), commit);

    private static JsonObject Describe(string id, Commit commit) => new()
    {
        ["sha"] = id,
        ["tree"] = new JsonObject { ["sha"] = commit.Tree },
        ["message"] = commit.Message,
        ["parents"] = new JsonArray([.. commit.Parents.Select(parent => new JsonObject { ["sha"] = parent })]),
    };

    private JsonObject Describe(Pull pull) => new()
    {
        ["number"] = pull.Number,
        ["node_id"] = $"PR_{pull.Number}",
        ["state"] = pull.Open ? "open" : "closed",
        ["title"] = pull.Title,
        ["html_url"] = $"https://github.example/ann/blog/pull/{pull.Number}",
        ["merged_at"] = pull.Merged ? "2026-03-03T08:00:00Z" : null,
        ["merge_commit_sha"] = pull.MergeCommit,
        ["labels"] = new JsonArray([.. pull.Labels.Select(label => new JsonObject { ["name"] = label })]),
        ["head"] = Side(pull.Head, Branches.GetValueOrDefault(pull.Head) ?? pull.HeadCommit),
        ["base"] = Side(pull.Base, Branches[pull.Base]),
    };

    private static JsonObject Side(string branch, string? commit) => new() { ["ref"] = branch, ["sha"] = commit, ["repo"] = new JsonObject { ["full_name"] = "ann/blog" } };

    private static JsonObject Reference(string name, string commit) => new() { ["ref"] = $"refs/{name}", ["object"] = new JsonObject { ["sha"] = commit, ["type"] = "commit" } };

    private string Keep(byte[] bytes) => Add(blobs, bytes, Encoding.ASCII.GetBytes($"blob {bytes.Length}\0"), bytes);

    private string Keep(SortedDictionary<string, string> tree) => Add(trees, tree, "tree "u8, Encoding.UTF8.GetBytes(string.Join('\n', tree)));

    private string Keep(Commit commit) => Add(commits, commit, "commit "u8, Encoding.UTF8.GetBytes($"{commit.Tree} {string.Join(' ', commit.Parents)} {commit.Message}"));

    // Git names objects so.
#pragma warning disable CA5350
    private static string Add<T>(Dictionary<string, T> objects, T value, ReadOnlySpan<byte> kind, ReadOnlySpan<byte> bytes)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        hash.AppendData(kind);
        hash.AppendData(bytes);
        var id = Convert.ToHexStringLower(hash.GetHashAndReset());
        objects[id] = value;
        return id;
    }
#pragma warning restore CA5350

    private static HttpResponseMessage Json(JsonNode body, int status = 200) => new((HttpStatusCode)status) { Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json") };

    private static HttpResponseMessage Refuse(int status, string message) => Json(new JsonObject { ["message"] = message }, status);

    /// <summary>A commit.</summary>
    private sealed record Commit(string Tree, IReadOnlyList<string> Parents, string Message);
}

/// <summary>A pull request.</summary>
internal sealed class Pull
{
    public required int Number { get; init; }

    public required string Head { get; init; }

    public required string Base { get; init; }

    public required string Title { get; init; }

    /// <summary>The commit of the blog that it began from.</summary>
    public required string Parent { get; init; }

    public bool Open { get; set; } = true;

    public bool Merged { get; set; }

    public string? MergeCommit { get; set; }

    public string? HeadCommit { get; set; }

    public SortedSet<string> Labels { get; } = new(StringComparer.Ordinal);

    /// <summary>What the owner did with it, for the checks.</summary>
    public string? Became { get; set; }
}
