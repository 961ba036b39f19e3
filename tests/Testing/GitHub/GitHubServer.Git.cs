using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Pipeline.Testing.GitHub;

public sealed partial class GitHubServer
{
    private void MapGit()
    {
        MapOnRepository("GET", "/git/ref/{ref}", (request, _) =>
        {
            var reference = "refs/" + Text(request, "ref");
            return Empty ? Refuse(409, "Git Repository is empty.") : Git.Has(reference) ? Answer(200, Reference(reference)) : Refuse(404, "Not Found");
        });
        MapOnRepository("POST", "/git/refs", (_, body) =>
        {
            var reference = (string)body!["ref"]!;
            if (ForbidsBranches)
            {
                return Refuse(422, "Repository rule violations found\n\nCannot create ref due to creations being restricted.\n\n");
            }

            if (Git.Has(reference))
            {
                return Refuse(422, "Reference already exists");
            }

            Git.Run("update-ref", reference, (string)body["sha"]!, new string('0', 40));
            return Answer(201, Reference(reference));
        });
        MapOnRepository("PATCH", "/git/refs/{ref}", (request, body) =>
        {
            var reference = "refs/" + Text(request, "ref");
            var commit = (string)body!["sha"]!;
            if (!Git.Has(reference))
            {
                return Refuse(422, "Reference does not exist");
            }

            if (body["force"] is { } force && (bool)force)
            {
                throw new InvalidOperationException("Nobody may force a branch.");
            }

            var old = Git.Run("rev-parse", reference);
            if (Git.Run("merge-base", old, commit) != old)
            {
                return Refuse(422, "Update is not a fast forward");
            }

            Git.Run("update-ref", reference, commit, old);
            return Answer(200, Reference(reference));
        });
        MapOnRepository("POST", "/git/blobs", (_, body) =>
        {
            var content = (string)body!["content"]!;
            var bytes = (string?)body["encoding"] == "base64" ? Convert.FromBase64String(content) : Encoding.UTF8.GetBytes(content);
            return Answer(201, _description.Make("short-blob", ("sha", Encoding.UTF8.GetString(Git.RunBytes(["hash-object", "-w", "--stdin"], bytes)).Trim())));
        });
        MapOnRepository("POST", "/git/trees", (_, body) =>
        {
            var tree = Git.ChangeTree(
                (string)body!["base_tree"]!, body["tree"]!.AsArray().Select(entry => ((string)entry!["path"]!, (string)entry["mode"]!, (string?)entry["sha"])));
            return Answer(201, _description.Make("git-tree", ("sha", tree)));
        });
        MapOnRepository("GET", "/git/trees/{tree}", (request, _) => Tree(Text(request, "tree"), request.Query.ContainsKey("recursive")));
        MapOnRepository("POST", "/git/commits", (_, body) =>
        {
            var (author, committer) = (body!["author"]!, body["committer"]!);
            var commit = Encoding.UTF8.GetString(Git.RunBytes(
                ["commit-tree", (string)body["tree"]!, .. body["parents"]!.AsArray().SelectMany(parent => new[] { "-p", (string)parent! }), "-F", "-"],
                Encoding.UTF8.GetBytes((string)body["message"]!),
                new Dictionary<string, string>
                {
                    ["GIT_AUTHOR_NAME"] = (string)author["name"]!,
                    ["GIT_AUTHOR_EMAIL"] = (string)author["email"]!,
                    ["GIT_AUTHOR_DATE"] = Date(author),
                    ["GIT_COMMITTER_NAME"] = (string)committer["name"]!,
                    ["GIT_COMMITTER_EMAIL"] = (string)committer["email"]!,
                    ["GIT_COMMITTER_DATE"] = Date(committer),
                })).Trim();
            return Answer(201, Commit(commit));
        });
        MapOnRepository("GET", "/git/commits/{commit}", (request, _) => Git.Has(Text(request, "commit") + "^{commit}") ? Answer(200, Commit(Text(request, "commit"))) : Refuse(404, "Not Found"));

        // As GitHub does: to the second, in UTC.
        static string Date(JsonNode person) => $"{DateTimeOffset.Parse((string)person["date"]!, CultureInfo.InvariantCulture).ToUnixTimeSeconds()} +0000";
    }

    private Microsoft.AspNetCore.Http.IResult Tree(string id, bool recursive)
    {
        if (!Git.Has(id + "^{tree}"))
        {
            return Refuse(404, "Not Found");
        }

        var listing = Encoding.UTF8.GetString(Git.RunBytes(["ls-tree", "-z", "-l", "--full-tree", .. recursive ? ["-r", "-t"] : Array.Empty<string>(), id]));
        var entries = listing.Split('\0', StringSplitOptions.RemoveEmptyEntries).Select(line =>
        {
            // mode, type, object and size, then a tab and the path.
            var (fields, path) = (line[..line.IndexOf('\t', StringComparison.Ordinal)].Split(' ', StringSplitOptions.RemoveEmptyEntries), line[(line.IndexOf('\t', StringComparison.Ordinal) + 1)..]);
            var entry = new JsonObject { ["path"] = path, ["mode"] = fields[0], ["type"] = fields[1], ["sha"] = fields[2], ["url"] = "https://blog.example/" };
            if (fields[3] != "-")
            {
                entry["size"] = long.Parse(fields[3], CultureInfo.InvariantCulture);
            }

            return entry;
        }).ToList();
        var truncated = recursive && TruncatesTrees && entries.Exists(entry => ((string)entry["path"]!).Contains('/', StringComparison.Ordinal));
        return Answer(200, _description.Make(
            "git-tree",
            ("sha", Git.Run("rev-parse", id + "^{tree}")),
            ("truncated", truncated),
            ("tree", new JsonArray([.. truncated ? entries.Take(3) : entries]))));
    }

    private JsonObject Reference(string reference) => _description.Make(
        "git-ref",
        ("ref", reference),
        ("object", new JsonObject { ["type"] = "commit", ["sha"] = Git.Run("rev-parse", reference), ["url"] = "https://blog.example/" }));

    private JsonObject Commit(string id)
    {
        var parents = Git.Run("log", "-1", "--format=%P", id).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return _description.Make(
            "git-commit",
            ("sha", Git.Run("rev-parse", id)),
            ("message", Git.Run("log", "-1", "--format=%B", id)),
            ("tree", new JsonObject { ["sha"] = Git.Run("rev-parse", id + "^{tree}"), ["url"] = "https://blog.example/" }),
            ("parents", new JsonArray([.. parents.Select(parent => new JsonObject { ["sha"] = parent, ["url"] = "https://blog.example/", ["html_url"] = "https://blog.example/" })])));
    }
}
