using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Pipeline.Testing.GitHub;

public sealed partial class GitHubServer
{
    /// <summary>Merges a pull request as its owner would, with a merge commit, and deletes the branch.</summary>
    public string Merge(PullRequestRecord pull)
    {
        var (tip, head) = (Git.Run("rev-parse", $"refs/heads/{pull.Base}"), Git.Run("rev-parse", $"refs/heads/{pull.Head}"));
        var merged = Git.Run("commit-tree", "-m", $"Merge #{pull.Number}", "-p", tip, "-p", head, Git.Run("merge-tree", "--write-tree", tip, head));
        Git.Run("update-ref", $"refs/heads/{pull.Base}", merged);
        (pull.State, pull.Merged, pull.HeadCommit) = ("closed", true, head);
        Git.Run("update-ref", "-d", $"refs/heads/{pull.Head}");
        return merged;
    }

    private void MapPullRequests()
    {
        MapOnRepository("GET", "/pulls", (request, _) =>
        {
            var (state, head) = (request.Query["state"].ToString(), request.Query["head"].ToString());
            var found = PullRequests.AsEnumerable().Reverse()
                .Where(pull => (state == "all" || pull.State == state) && (head.Length == 0 || $"{pull.HeadRepository.Split('/')[0]}:{pull.Head}" == head));
            return Answer(200, new JsonArray([.. found.Select(pull => Describe(pull, "pull-request-simple"))]));
        });
        MapOnRepository("GET", "/pulls/{number:int}", (request, _) => Find(request) is { } pull ? Answer(200, Describe(pull, "pull-request")) : Refuse(404, "Not Found"));
        MapOnRepository("POST", "/pulls", (_, body) =>
        {
            var (head, target) = ((string)body!["head"]!, (string)body["base"]!);
            var draft = body["draft"] is { } flag && (bool)flag;
            if (!Git.Has($"refs/heads/{head}") || !Git.Has($"refs/heads/{target}"))
            {
                return Invalid("A branch is missing.");
            }

            if (draft && ForbidsDrafts)
            {
                return Refuse(422, "Draft pull requests are not supported in this repository.");
            }

            if (PullRequests.Exists(pull => pull.State == "open" && pull.Head == head && pull.HeadRepository == Name))
            {
                return Invalid($"A pull request already exists for {Name.Split('/')[0]}:{head}.");
            }

            if (Git.Run("rev-list", "--count", $"refs/heads/{target}..refs/heads/{head}") == "0")
            {
                return Invalid($"No commits between {target} and {head}");
            }

            var pull = new PullRequestRecord
            {
                Number = PullRequests.Count + 1,
                Head = head,
                HeadRepository = Name,
                Base = target,
                Title = (string)body["title"]!,
                Body = (string)body["body"]!,
                Draft = draft,
            };
            PullRequests.Add(pull);
            return Answer(201, Describe(pull, "pull-request"));
        });
        MapOnRepository("PATCH", "/pulls/{number:int}", (request, body) =>
        {
            if (Find(request) is not { } pull)
            {
                return Refuse(404, "Not Found");
            }

            pull.Title = (string?)body!["title"] ?? pull.Title;
            pull.Body = (string?)body["body"] ?? pull.Body;
            return Answer(200, Describe(pull, "pull-request"));
        });
        MapOnRepository("POST", "/issues/{number:int}/labels", (request, body) =>
        {
            if (Find(request) is not { } pull)
            {
                return Refuse(404, "Not Found");
            }

            pull.Labels.AddRange(body!["labels"]!.AsArray().Select(label => (string)label!).Except(pull.Labels).ToList());
            return Answer(200, Labels(pull));
        });
        MapOnRepository("POST", "/pulls/{number:int}/requested_reviewers", (request, body) =>
        {
            var asked = body!["reviewers"]!.AsArray().Select(login => (string)login!).ToList();
            if (Find(request) is not { } pull)
            {
                return Refuse(404, "Not Found");
            }

            if (asked.Exists(login => !People.ContainsKey(login)))
            {
                return Refuse(422, "Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator of the repository.");
            }

            pull.Reviewers.AddRange(asked.Except(pull.Reviewers).ToList());
            return Answer(201, Describe(pull, "pull-request-simple"));
        });
        MapOnRepository("POST", "/issues/{number:int}/comments", (request, body) =>
        {
            if (Find(request) is not { } pull)
            {
                return Refuse(404, "Not Found");
            }

            pull.Comments.Add((string)body!["body"]!);
            return Answer(201, new JsonObject { ["id"] = pull.Comments.Count, ["body"] = (string)body["body"]!, ["user"] = _description.Make("simple-user"), ["created_at"] = "2026-03-02T09:30:00Z" });
        });
        Map("POST", "/graphql", (_, body) =>
        {
            var pull = PullRequests.Find(pull => NodeId(pull) == (string?)body!["variables"]!["id"]);
            var on = ((string)body!["query"]!).Contains("enablePullRequestAutoMerge", StringComparison.Ordinal);
            if (pull is null || (on && pull.Draft))
            {
                return Answer(200, new JsonObject { ["data"] = null, ["errors"] = new JsonArray(new JsonObject { ["message"] = "Pull request Pull request is in draft state" }) });
            }

            pull.AutoMerge = on;
            return Answer(200, new JsonObject { ["data"] = new JsonObject() });
        });
    }

    private PullRequestRecord? Find(HttpRequest request) => PullRequests.Find(pull => pull.Number == int.Parse(Text(request, "number"), System.Globalization.CultureInfo.InvariantCulture));

    private static string NodeId(PullRequestRecord pull) => $"PR_{pull.Number}";

    private static JsonAnswer Invalid(string reason)
    {
        var error = new JsonObject { ["resource"] = "PullRequest", ["code"] = "custom", ["message"] = reason };
        return Answer(422, new JsonObject { ["message"] = "Validation Failed", ["errors"] = new JsonArray(error), ["documentation_url"] = "https://docs.github.com/rest" });
    }

    private JsonObject Describe(PullRequestRecord pull, string schema) => _description.Make(
        schema,
        ("number", pull.Number),
        ("node_id", NodeId(pull)),
        ("state", pull.State),
        ("title", pull.Title),
        ("body", pull.Body),
        ("draft", pull.Draft),
        ("html_url", $"https://github.example/{Name}/pull/{pull.Number}"),
        ("merged_at", pull.Merged ? "2026-03-03T08:00:00Z" : null),
        ("merge_commit_sha", pull.HeadCommit),
        ("labels", Labels(pull)),
        ("auto_merge", pull.AutoMerge ? _description.Make("auto-merge", ("enabled_by", _description.Make("simple-user")), ("merge_method", "merge")) : null),
        ("requested_reviewers", new JsonArray([.. pull.Reviewers.Select(login => _description.Make("simple-user", ("login", login)))])),
        ("head", Side(pull.Head, pull.HeadRepository, pull.HeadCommit)),
        ("base", Side(pull.Base, Name, "")));

    private JsonArray Labels(PullRequestRecord pull) => new([.. pull.Labels.Select(label => _description.Make("label", ("name", label), ("color", "ededed"), ("description", "A label")))]);

    // A branch that is gone is remembered as it was when it was merged.
    private JsonObject Side(string branch, string repository, string last) => new()
    {
        ["label"] = $"{repository.Split('/')[0]}:{branch}",
        ["ref"] = branch,
        ["sha"] = Git.Has($"refs/heads/{branch}") ? Git.Run("rev-parse", $"refs/heads/{branch}") : last.Length > 0 ? last : new string('0', 40),
        ["repo"] = _description.Make("repository", ("full_name", repository)),
        ["user"] = _description.Make("simple-user", ("login", repository.Split('/')[0])),
    };
}
