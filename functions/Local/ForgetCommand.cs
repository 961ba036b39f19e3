using System.CommandLine;
using Pipeline.Privacy;
using Pipeline.Storage;

namespace Pipeline.Functions.Local;

/// <summary><c>forget</c>: takes a post back out of everything that was made of it.</summary>
internal static class ForgetCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var post = new Argument<string>("post") { Description = "The post's path in the blog, such as _posts/2024-05-01-soup.md." };
        var work = new Option<DirectoryInfo>("--work") { Description = "The work folder, unless PIPELINE_STORE names a store.", DefaultValueFactory = _ => new(".pipeline") };
        var undo = new Option<bool>("--undo") { Description = "Let the blog bring the post back." };
        var command = new Command("forget", """
            Forgets a post: the post as it was pushed, its document, its lines in every corpus, tokens, checkpoints and quotations of it. It is not taken in
            again. Models that learnt from it are marked: none of them takes over or is rolled back to, and the next training replaces the one in service.
            The blog itself is not touched.

            Example:
              forget _posts/2024-05-01-soup.md
            """)
        {
            post, work, undo,
        };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            var folders = new WorkFolders(arguments.GetRequiredValue(work).FullName);
            var settings = folders.Configure(PipelineSettings.FromEnvironment()).Validated();
            var local = BlobStores.FolderOf(settings.Store);
            if (local is not null && !Directory.Exists(local))
            {
                throw new DirectoryNotFoundException($"There is no store in {local}. Name the work folder with --work, or the store in PIPELINE_STORE.");
            }

            var store = BlobStores.Open(settings.Store);
            var path = arguments.GetRequiredValue(post).Replace('\\', '/');
            if (arguments.GetValue(undo))
            {
                var found = await new ForgottenPosts(store, TimeProvider.System).RemoveAsync(path, cancellationToken);
                Console.WriteLine(found ? $"{path} may come back with the blog's next import." : $"{path} was not forgotten.");
                return CommandLine.Done;
            }

            using var busy = local is null ? null : WorkLock.Take(folders.Root);
            string[] caches = [.. local is null ? Array.Empty<string>() : [Path.Combine(local, ".cache")], Path.Combine(folders.Root, "cache")];
            var result = await new PostForgetter(store, caches, TimeProvider.System).ForgetAsync(path, cancellationToken);
            Report(path, result);
            return CommandLine.Done;
        });
        return command;
    }

    private static void Report(string path, ForgetResult result)
    {
        Console.WriteLine(result.Found
            ? $"Forgotten {path}: {Parts(result)}."
            : $"The store has nothing of {path}. It is noted and will not be taken in; --undo takes that back.");
        foreach (var version in result.Models)
        {
            Console.WriteLine($"Marked    {version}: it learnt from the post.");
        }

        foreach (var version in result.Unsure)
        {
            Console.WriteLine($"Marked    {version}: its corpus is gone, so it may have learnt from the post.");
        }

        foreach (var alike in result.Alike)
        {
            Console.WriteLine($"Alike     {alike} says nearly the same and stays; forget it too if it must go.");
        }

        if (result.Stable)
        {
            Console.WriteLine("Next      The version in service is marked: train now (once, or POST /api/train), or the training timer does.");
        }

        Console.WriteLine("The blog's own repository, its history and its published pages are not touched: remove the post there, too.");
    }

    private static string Parts(ForgetResult result) => string.Join(", ", new[]
    {
        result.Post ? "the post" : null,
        result.Document ? "its document" : null,
        Count(result.Corpora.Count, "corpus", "corpora"),
        Count(result.Caches, "file of tokens", "files of tokens"),
        Count(result.Runs.Count, "run's checkpoints", "runs' checkpoints"),
        Count(result.Records, "report that quoted it", "reports that quoted it"),
    }.OfType<string>());

    private static string? Count(int count, string one, string many) => count == 0 ? null : $"{count} {(count == 1 ? one : many)}";
}
