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
