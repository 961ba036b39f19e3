using System.CommandLine;
using Pipeline.Corpus;
using Pipeline.Posts;

namespace Pipeline.Functions.Local;

/// <summary><c>corpus</c>: a blog's posts as training text, without any model.</summary>
internal static class CorpusCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var blog = new Option<DirectoryInfo>("--blog") { Description = "The Jekyll blog's folder.", Required = true };
        var target = new Option<DirectoryInfo>("--out") { Description = "Where the corpus goes.", Required = true };
        var format = new Option<string>("--format") { Description = "Plain text, or text that keeps its markdown.", DefaultValueFactory = _ => "plain" };
        format.AcceptOnlyFromAmong("plain", "markdown");
        var drafts = new Option<bool>("--drafts") { Description = "Take drafts too." };
        var command = new Command("corpus", """
            Turns a blog into training text: documents/*.json, train.jsonl, validation.jsonl, corpus.csv, report.json.

            Example:
              corpus --blog ../my-blog --out corpus
            """)
        {
            blog, target, format, drafts,
        };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            var folder = arguments.GetRequiredValue(target).FullName;
            var settings = new PipelineSettings { Format = arguments.GetRequiredValue(format), PrivatePatterns = PipelineSettings.FromEnvironment().PrivatePatterns };
            var source = BlogFolder.Open(arguments.GetRequiredValue(blog).FullName);
            var (documents, unread) = await ConvertAsync(source, settings, arguments.GetValue(drafts), folder, cancellationToken);
            var corpus = CorpusBuilder.Build(documents, new CorpusOptions());
            await CorpusFiles.WriteAsync(corpus, folder, cancellationToken);
            foreach (var problem in source.Problems.Concat(unread))
            {
                Console.Error.WriteLine($"left out: {problem}");
            }

            foreach (var document in documents.Where(document => document.Skipped is not null))
            {
                Console.Error.WriteLine($"skipped: {document.Path}: {document.Skipped}");
            }

            Console.WriteLine($"{corpus.Train.Count} training posts, {corpus.Validation.Count} held out, corpus {corpus.Id}, in {folder}");
            return corpus.Train.Count == 0 ? CommandLine.BadInput : CommandLine.Done;
        });
        return command;
    }

    private static async Task<(IReadOnlyList<PostDocument> Documents, IReadOnlyList<string> Unread)> ConvertAsync(BlogFolder blog, PipelineSettings settings, bool drafts, string folder, CancellationToken cancellationToken)
    {
        var reader = new PostReader(blog.Config, settings.ReaderOptions, TimeProvider.System);
        var paths = blog.PostFiles(drafts).ToArray();
        var documents = new PostDocument?[paths.Length];
        var unread = new string?[paths.Length];
        await Parallel.ForAsync(0, paths.Length, cancellationToken, async (index, token) =>
        {
            PostDocument document;
            try
            {
                document = reader.Read(paths[index], blog.ReadPost(paths[index]));
            }
            catch (BlogException exception)
            {
                unread[index] = exception.Message;
                return;
            }

            documents[index] = document;
            var file = Path.Combine(folder, "documents", document.Path + ".json");
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllBytesAsync(file + ".new", document.ToJson(), token);
            File.Move(file + ".new", file, overwrite: true);
        });
        return ([.. documents.OfType<PostDocument>()], [.. unread.OfType<string>()]);
    }
}
