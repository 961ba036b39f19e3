using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Pipeline.Posts;
using Pipeline.Storage;

namespace Pipeline.Corpus;

/// <summary>A corpus as files that people, other tools and the job read. The report comes last: where it is, the rest is whole.</summary>
public static class CorpusFiles
{
    /// <summary>The posts to train on, a <see cref="CorpusLine"/> each line.</summary>
    public const string TrainFile = "train.jsonl";

    /// <summary>The posts held out, in the same form.</summary>
    public const string ValidationFile = "validation.jsonl";

    /// <summary>All posts' training texts as the one column <c>text</c>, RFC 4180.</summary>
    public const string CsvFile = "corpus.csv";

    /// <summary>The <see cref="CorpusReport"/>.</summary>
    public const string ReportFile = "report.json";

    /// <summary>Writes the files into a folder, which is made if need be. Each is replaced atomically.</summary>
    public static async Task WriteAsync(TrainingCorpus corpus, string folder, CancellationToken cancellationToken)
    {
        foreach (var (name, pieces) in Contents(corpus))
        {
            await AtomicFile.WriteAsync(
                Path.Combine(folder, name),
                async (file, token) =>
                {
                    using var content = new GeneratedStream(pieces);
                    await content.CopyToAsync(file, token);
                },
                cancellationToken);
        }
    }

    /// <summary>Writes the files to <c>corpora/{id}/</c>.</summary>
    public static async Task WriteAsync(TrainingCorpus corpus, IBlobStore store, CancellationToken cancellationToken)
    {
        foreach (var (name, pieces) in Contents(corpus))
        {
            using var content = new GeneratedStream(pieces);
            await store.WriteAsync(BlobOf(corpus.Id, name), content, BlobCondition.None, metadata: null, cancellationToken);
        }
    }

    /// <summary>Where a corpus's file lies in a store.</summary>
    public static BlobName BlobOf(string corpusId, string file) => new(Containers.Corpora, $"{corpusId}/{file}");

    /// <summary>The training texts of a jsonl file, read as they are asked for.</summary>
    /// <exception cref="FormatException">A line is not of the form; the message names file and line.</exception>
    public static IEnumerable<string> ReadTexts(string path) => ReadLines(path).Select(line => line.Text);

    /// <summary>The posts of a jsonl file, read as they are asked for.</summary>
    /// <exception cref="FormatException">A line is not of the form; the message names file and line.</exception>
    public static IEnumerable<CorpusLine> ReadLines(string path)
    {
        var number = 0;
        foreach (var line in File.ReadLines(path, Encoding.UTF8))
        {
            number++;
            if (!string.IsNullOrWhiteSpace(line))
            {
                yield return Parse(line, path, number);
            }
        }
    }

    /// <summary>The posts of a corpus's jsonl file in a store, read as they are asked for.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="FormatException">A line is not of the form; the message names file and line.</exception>
    public static async IAsyncEnumerable<CorpusLine> ReadLinesAsync(IBlobStore store, string corpusId, string file, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var name = BlobOf(corpusId, file);
        await using var content = await store.OpenAsync(name, cancellationToken)
            ?? throw new FileNotFoundException($"The store has no {name}. Build the corpus first.");
        using var reader = new StreamReader(content.Stream, Encoding.UTF8);
        for (var number = 1; await reader.ReadLineAsync(cancellationToken) is { } line; number++)
        {
            if (!string.IsNullOrWhiteSpace(line))
            {
                yield return Parse(line, name.ToString(), number);
            }
        }
    }

    /// <summary>A corpus's report in a store, or null if the corpus is not there or not whole.</summary>
    /// <exception cref="FormatException">The report is damaged or of a newer format.</exception>
    public static async Task<CorpusReport?> ReadReportAsync(IBlobStore store, string corpusId, CancellationToken cancellationToken) =>
        await store.ReadAsync(BlobOf(corpusId, ReportFile), cancellationToken) is var (bytes, _) ? CorpusReport.FromJson(bytes) : null;

    /// <summary>
    /// Takes a post out of a corpus in a store. The corpus keeps its name, by which models are known to have learnt from it, and its report
    /// says that it is no longer whole.
    /// </summary>
    /// <param name="store">The store.</param>
    /// <param name="corpusId">The corpus.</param>
    /// <param name="post">The post's path.</param>
    /// <param name="time">When, for the report.</param>
    /// <param name="cancellationToken">Gives up; run again it goes on.</param>
    /// <returns>Whether the post was in it.</returns>
    /// <exception cref="FormatException">A file is damaged; the message names it.</exception>
    public static async Task<bool> RemoveAsync(IBlobStore store, string corpusId, string post, DateTimeOffset time, CancellationToken cancellationToken)
    {
        var (found, kept) = (false, new List<string>());
        foreach (var file in new[] { TrainFile, ValidationFile })
        {
            if (await store.ReadAsync(BlobOf(corpusId, file), cancellationToken) is not var (bytes, entry))
            {
                continue;
            }

            var lines = Encoding.UTF8.GetString(bytes).Split('\n').Where(line => !string.IsNullOrWhiteSpace(line)).Select((line, index) => (Line: line, Post: Parse(line, entry.Name.ToString(), index + 1))).ToList();
            kept.AddRange(lines.Where(line => line.Post.Path != post).Select(line => line.Post.Text));
            if (lines.RemoveAll(line => line.Post.Path == post) > 0)
            {
                found = true;
                await store.WriteAsync(entry.Name, Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line.Line + "\n"))), BlobCondition.Matches(entry.ETag), cancellationToken);
            }
        }

        // The table and the report follow from the lines, so that they are put right even where the lines were before.
        if (await store.FindAsync(BlobOf(corpusId, CsvFile), cancellationToken) is not null && (found || await IsInReportAsync(store, corpusId, post, kept.Count, cancellationToken)))
        {
            found = true;
            using var rows = new GeneratedStream(kept.Select(Row).Prepend("text\r\n"u8.ToArray()));
            await store.WriteAsync(BlobOf(corpusId, CsvFile), rows, BlobCondition.None, metadata: null, cancellationToken);
        }

        if (await ReadReportAsync(store, corpusId, cancellationToken) is { } report && (found || report.Skipped.Any(skipped => skipped.Path == post)))
        {
            await store.WriteAsync(BlobOf(corpusId, ReportFile), report.Without(post, kept.Count, time).ToJson(), BlobCondition.None, cancellationToken);
        }

        return found;
    }

    // A removal that broke off after the lines has left the report with more posts than there are lines.
    private static async Task<bool> IsInReportAsync(IBlobStore store, string corpusId, string post, int lines, CancellationToken cancellationToken) =>
        await ReadReportAsync(store, corpusId, cancellationToken) is { } report
            && (report.Posts > lines || report.Duplicates.Any(pair => pair.Path == post || pair.Kept == post));

    private static IEnumerable<(string Name, IEnumerable<byte[]> Pieces)> Contents(TrainingCorpus corpus) =>
    [
        (TrainFile, corpus.Train.Select(Line)),
        (ValidationFile, corpus.Validation.Select(Line)),
        (CsvFile, corpus.Posts.Select(post => Row(TrainingText.Format(post))).Prepend("text\r\n"u8.ToArray())),
        (ReportFile, [corpus.Report.ToJson()]),
    ];

    private static byte[] Line(PostDocument post) =>
    [
        .. JsonSerializer.SerializeToUtf8Bytes(new CorpusLine(post.Path, post.Title, TrainingText.Format(post)), CorpusJson.Lines.CorpusLine),
        (byte)'\n',
    ];

    // RFC 4180, rules 1, 6 and 7.
    private static byte[] Row(string text) => Encoding.UTF8.GetBytes($"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"\r\n");

    private static CorpusLine Parse(string line, string file, int number)
    {
        try
        {
            return JsonSerializer.Deserialize(line, CorpusJson.Lines.CorpusLine) is { Text: not null } read
                ? read
                : throw new JsonException("There is no text in it.");
        }
        catch (JsonException exception)
        {
            throw new FormatException($"{file}, line {number}: not a line of a corpus: {exception.Message} Build the corpus again.", exception);
        }
    }
}
