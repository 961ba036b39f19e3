using System.CommandLine;
using Pipeline.Collecting;

namespace Pipeline.Functions.Local;

/// <summary><c>collect</c>: posts from elsewhere as a folder that the other commands read as a blog.</summary>
internal static class CollectCommand
{
    private const int PostsBetweenReports = 1000;

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var source = new Argument<string>("source") { Description = "A file, a folder, the https address of a feed, or a git address." };
        var target = new Option<DirectoryInfo>("--out") { Description = "The folder that the posts go to; made if it does not exist.", Required = true };
        var kind = new Option<SourceKind?>("--kind") { Description = "What the source is, where its content does not tell." };
        var force = new Option<bool>("--force") { Description = "Start over: delete what earlier runs collected into the folder, and collect again." };
        var replies = new Option<bool>("--replies") { Description = "Take replies too, of archives of X and Mastodon." };
        var quotes = new Option<bool>("--quotes") { Description = "Take posts too that quote another, of archives of X and Mastodon." };
        var command = new Command("collect", """
            Collects posts into a folder as a Jekyll blog has them: _posts/YYYY-MM-DD-title.html or .md. The folder is then a blog for once, corpus and serve.
            A second run writes only what is new or changed; posts with the same text are taken once; what the source no longer has stays.

            Sources: an Atom or RSS feed with full texts, a WordPress export, a Jekyll, Hugo or Astro site, a folder of Markdown, HTML or text,
            an archive of one's own posts from X (tweets.js) or Mastodon (outbox.json), packed or not.

            Examples:
              collect https://example.org/feed.xml --out blog       a feed
              collect wordpress.2024-05-01.xml --out blog           a WordPress export, into the same blog
              collect github:owner/name --out blog                  a site on GitHub
              collect https://example.org/site.git --out blog       a site in any git repository
              collect ../my-hugo-site --out blog                    a site in a folder
              collect twitter-2024-05-01.zip --out blog             one's own posts, without replies and quotes
              once --blog blog                                      and a model of it

            Exit codes: 0 done, 1 failed, 2 bad settings or input, 3 interrupted and resumable.
            """)
        {
            source, target, kind, replies, quotes, force,
        };
        command.SetAction((arguments, cancellationToken) => RunAsync(
            arguments.GetRequiredValue(source),
            arguments.GetRequiredValue(target).FullName,
            arguments.GetValue(kind),
            new() { Replies = arguments.GetValue(replies), Quotes = arguments.GetValue(quotes) },
            arguments.GetValue(force),
            cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(string source, string target, SourceKind? kind, CollectOptions options, bool force, CancellationToken cancellationToken)
    {
        var temporary = Directory.CreateTempSubdirectory("pipeline-collect-");
        try
        {
            var log = new CollectLog();
            var path = await SourceFetch.ToFileAsync(source, temporary.FullName, log, cancellationToken);
            var opened = SourceRecognizer.Open(path, source, kind, options, TimeProvider.System);
            var folder = new CollectedFolder(target);
            // Only after the source was found, so that a wrong name costs nothing.
            if (force)
            {
                await folder.StartOverAsync(cancellationToken);
            }

            var result = await folder.CollectAsync(opened, log, new Reports(), cancellationToken);
            return Tell(result, log, target);
        }
        finally
        {
            temporary.Delete(recursive: true);
        }
    }

    private static int Tell(CollectResult result, CollectLog log, string target)
    {
        foreach (var problem in log.Problems)
        {
            Console.Error.WriteLine(problem);
        }

        if (log.MoreProblems > 0)
        {
            Console.Error.WriteLine($"and {log.MoreProblems} more of the kind");
        }

        foreach (var (reason, count) in log.LeftOut)
        {
            Console.Error.WriteLine($"left out: {count} ({reason})");
        }

        Console.WriteLine($"{result.Added} new posts, {result.Changed} changed, {result.Unchanged} unchanged, {result.Duplicates} duplicates, in {target}");
        if (result is { Read: 0 } && log.LeftOut.Count > 0 && log.Problems.Count == 0)
        {
            Console.Error.WriteLine("every post was left out, for the reasons above");
        }

        return result.Read == 0 && log.Problems.Count > 0 ? CommandLine.BadInput : CommandLine.Done;
    }

    // Written as it happens, not by a pool thread after the summary.
    private sealed class Reports : IProgress<int>
    {
        public void Report(int value)
        {
            if (value % PostsBetweenReports == 0)
            {
                Console.Error.WriteLine($"{value} posts read");
            }
        }
    }
}
