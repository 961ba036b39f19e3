using System.Text;
using System.Text.Json;
using Pipeline.Generation;
using Pipeline.Generation.Batching;
using Pipeline.Storage;

namespace Pipeline.Functions.Local.Samples;

/// <summary>
/// Texts as files: every prompt at every temperature so often, each with its seed in its name, so that it can be had again. A text that is
/// there already is not made again.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="source">The model's folder.</param>
/// <param name="folder">Where the files go.</param>
/// <param name="rows">Texts that are computed together.</param>
internal sealed class SampleFiles(LanguageModel model, string source, string folder, int rows)
{
    private const string IndexFile = "samples.jsonl";

    /// <summary>Makes what is missing and the list of all, <c>samples.jsonl</c>.</summary>
    /// <param name="texts">What is wanted.</param>
    /// <param name="progress">Told of every file.</param>
    /// <param name="cancellationToken">Stops; what is there stays.</param>
    /// <returns>How many were made now.</returns>
    /// <exception cref="InvalidSamplingException">A setting is out of range.</exception>
    public async Task<int> WriteAsync(IReadOnlyList<WantedText> texts, IProgress<string> progress, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        var entries = new SampleEntry?[texts.Count];
        var known = await ReadIndexAsync(cancellationToken);
        var made = 0;
        await using var batch = new BatchScheduler(model, rows);
        try
        {
            await Parallel.ForAsync(0, texts.Count, new ParallelOptions { MaxDegreeOfParallelism = rows, CancellationToken = cancellationToken }, async (index, token) =>
            {
                var text = texts[index];
                if (known.TryGetValue(text.FileName, out var entry) && entry.IsOf(source, text) && File.Exists(Path.Combine(folder, text.FileName)))
                {
                    entries[index] = entry;
                    return;
                }

                var written = (await batch.GenerateAsync(text.Request.ToGeneration(model.Tokenizer), token))[0];
                await AtomicFile.WriteAsync(Path.Combine(folder, text.FileName), Encoding.UTF8.GetBytes(text.Request.Prefix + written.Text + "\n"), token);
                entries[index] = SampleEntry.Of(source, text, written);
                Interlocked.Increment(ref made);
                progress.Report(text.FileName);
            });
        }
        finally
        {
            // Whatever ended the run, what it made is not made again.
            await WriteIndexAsync(entries.OfType<SampleEntry>().Concat(known.Values).DistinctBy(entry => entry.File), CancellationToken.None);
        }

        return made;
    }

    private async Task<Dictionary<string, SampleEntry>> ReadIndexAsync(CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, IndexFile);
        var entries = new Dictionary<string, SampleEntry>(StringComparer.Ordinal);
        foreach (var line in File.Exists(path) ? await File.ReadAllLinesAsync(path, cancellationToken) : [])
        {
            try
            {
                if (JsonSerializer.Deserialize(line, SampleFilesJson.Default.SampleEntry) is { File: not null } entry)
                {
                    entries[entry.File] = entry;
                }
            }
            catch (JsonException)
            {
                // A list that somebody changed says nothing; its texts are made again, with the same result.
            }
        }

        return entries;
    }

    private Task WriteIndexAsync(IEnumerable<SampleEntry> entries, CancellationToken cancellationToken)
    {
        var lines = entries.OrderBy(entry => entry.File, StringComparer.Ordinal).Select(entry => JsonSerializer.Serialize(entry, SampleFilesJson.Default.SampleEntry));
        return AtomicFile.WriteAsync(Path.Combine(folder, IndexFile), Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n"))), cancellationToken);
    }
}
