using System.Globalization;
using System.Text.Json.Nodes;

namespace Pipeline.Functions.Tests.Chaos;

/// <summary>Who writes the blog and judges what the model wrote, by chance; of what they do a webhook tells, once, twice, late or not at all.</summary>
internal sealed class BlogPeople(MemoryGitHub github, Random random)
{
    private readonly List<(string Event, string Body)> late = [];
    private int written;

    /// <summary>Whether they do anything.</summary>
    public bool AreAwake { get; set; } = true;

    /// <summary>The blog as it is at the beginning.</summary>
    public void Begin()
    {
        github.Write("main", "Begin", ("_config.yml", "timezone: Europe/Berlin\n"));
        for (var number = 0; number < 12; number++)
        {
            github.Write("main", "A post", NewPost());
        }
    }

    /// <summary>An hour of theirs; gives the webhooks that arrive.</summary>
    public IReadOnlyList<(string Event, string Body)> Act()
    {
        var hooks = new List<(string Event, string Body)>(late);
        late.Clear();
        if (!AreAwake)
        {
            return hooks;
        }

        if (random.Next(20) == 0)
        {
            Tell(hooks, Push());
        }

        // Now and then the owner looks through what waits.
        if (random.Next(12) == 0)
        {
            foreach (var pull in github.Pulls.Where(pull => pull.Open).ToList())
            {
                if (random.Next(3) > 0)
                {
                    Tell(hooks, Judge(pull));
                }
            }
        }

        return hooks;
    }

    private void Tell(List<(string Event, string Body)> hooks, (string Event, string Body) hook)
    {
        switch (random.Next(10))
        {
            case 0:
                // Lost.
                break;
            case 1:
                late.Add(hook);
                break;
            case 2:
                hooks.AddRange([hook, hook]);
                break;
            default:
                hooks.Insert(random.Next(hooks.Count + 1), hook);
                break;
        }
    }

    private (string Event, string Body) Push()
    {
        var before = github.Branches["main"];
        var posts = github.FilesOf("main").Keys.Where(path => path.StartsWith("_posts/", StringComparison.Ordinal)).ToList();
        var (added, modified, removed) = (new JsonArray(), new JsonArray(), new JsonArray());
        (string Path, string? Text)[] changes;
        var post = posts[random.Next(posts.Count)];
        switch (random.Next(6))
        {
            case 0 when posts.Count > 8:
                changes = [(post, null)];
                removed.Add(post);
                break;
            case 1:
                changes = [(post, github.FilesOf("main")[post] + $"\nEdited {++written}.\n")];
                modified.Add(post);
                break;
            case 2:
                var moved = post.Replace(".md", "-moved.md", StringComparison.Ordinal);
                changes = [(post, null), (moved, github.FilesOf("main")[post])];
                removed.Add(post);
                added.Add(moved);
                break;
            default:
                var made = NewPost();
                changes = [made];
                added.Add(made.Path);
                break;
        }

        var after = github.Write("main", $"Work {written}", changes);
        var body = new JsonObject
        {
            ["ref"] = "refs/heads/main",
            ["before"] = before,
            ["after"] = after,
            ["forced"] = random.Next(20) == 0,
            ["repository"] = new JsonObject { ["full_name"] = "ann/blog" },
            ["commits"] = new JsonArray(new JsonObject { ["id"] = after, ["message"] = "Work", ["added"] = added, ["modified"] = modified, ["removed"] = removed }),
        };
        return ("push", body.ToJsonString());
    }

    private (string Event, string Body) Judge(Pull pull)
    {
        var path = github.FilesOf(pull.Head).Keys.Except(github.FilesOf("main").Keys).FirstOrDefault(path => path.StartsWith(pull.Head.Replace("pipeline/post-", "_posts/", StringComparison.Ordinal), StringComparison.Ordinal));
        switch (random.Next(4))
        {
            case 0:
                github.Close(pull);
                pull.Became = "closed";
                break;
            case 1 when path is not null:
                github.Write(pull.Head, "Better", (path, github.FilesOf(pull.Head)[path] + "\nSome words of the owner's own stand here now, and not a few.\n"));
                github.Merge(pull);
                pull.Became = "edited";
                break;
            default:
                github.Merge(pull);
                pull.Became = "merged";
                break;
        }

        var body = new JsonObject
        {
            ["action"] = "closed",
            ["repository"] = new JsonObject { ["full_name"] = "ann/blog" },
            ["pull_request"] = new JsonObject { ["number"] = pull.Number, ["head"] = new JsonObject { ["ref"] = pull.Head, ["repo"] = new JsonObject { ["full_name"] = "ann/blog" } } },
        };
        return ("pull_request", body.ToJsonString());
    }

    private (string Path, string? Text) NewPost()
    {
        var number = ++written;
        var day = new DateOnly(2025, 1, 1).AddDays(number).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        return ($"_posts/{day}-post-{number}.md", $"---\ntitle: Post {number}\ntags: [sea]\n---\n{TestModels.Text(number)}\n");
    }
}
