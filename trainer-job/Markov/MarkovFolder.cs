using Pipeline.Generation;
using Pipeline.Generation.Markov;
using Pipeline.TrainerJob.Export;

namespace Pipeline.TrainerJob.Markov;

/// <summary>A Markov chain in a folder: <c>config.json</c> and its one file, which serves as it is.</summary>
internal static class MarkovFolder
{
    /// <summary>Writes a chain.</summary>
    public static void Save(string folder, NgramModel chain, int context)
    {
        Write(Path.Combine(folder, NgramFile.Name), NgramFile.ToBytes(chain, context));
        Write(Path.Combine(folder, ModelConfig.FileName), new NgramConfig(chain.Order, context, chain.Vocabulary).ToJson());
    }

    /// <summary>Measures the chain on held-out texts; there is nothing to export.</summary>
    public static ExportReport Judge(string folder, ExportOptions options, CancellationToken cancellationToken)
    {
        var heldOut = ModelExporter.HeldOut(folder, NgramConfig.Read(folder).Shape, options);
        using var session = DecoderSession.Open(Path.Combine(folder, NgramFile.Name));
        double? perplexity = heldOut.Count == 0 ? null : Perplexity.Measure(session, heldOut, cancellationToken);
        var files = new Dictionary<string, long> { [NgramFile.Name] = new FileInfo(session.Path).Length };
        return new(NgramFile.Name, "a Markov chain has one form", files, [], heldOut.Sum(sequence => sequence.Length - 1L), perplexity, null, null, []);
    }

    private static void Write(string path, byte[] bytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path + ".partial", bytes);
        File.Move(path + ".partial", path, overwrite: true);
    }
}
