using Pipeline.Generation;
using Pipeline.TrainerJob.Export;
using Pipeline.TrainerJob.Training;
using Pipeline.TrainerJob.Training.Engine;

namespace Pipeline.TrainerJob.Lstm;

/// <summary>Writes an LSTM's serving file, <c>onnx/decoder.onnx</c> in 32 bits, and proves it against the training graph.</summary>
/// <param name="folder">The model folder; with a tokenizer if there are held-out texts.</param>
/// <param name="options">What the files shall say, and the texts.</param>
/// <param name="progress">Gets a line before each step.</param>
internal sealed class LstmExport(string folder, ExportOptions options, IProgress<string>? progress)
{
    // The reference is computed as one unrolled graph.
    private const int LongestProof = 96;

    /// <summary>Exports. An <c>onnx</c> folder of an earlier export is replaced, at the very end and as a whole.</summary>
    /// <exception cref="ExportException">The file does not compute the model.</exception>
    public ExportReport Run(CancellationToken cancellationToken)
    {
        var staging = Path.Combine(folder, ModelExporter.Folder + ".partial");
        ModelExporter.DeleteIfThere(staging);
        Directory.CreateDirectory(staging);
        try
        {
            var (config, parameters) = LstmFolder.Load(folder);
            using var engine = new LstmEngine(config.Shape, parameters, TrainingPreset.Tiny, rows: 1);
            var heldOut = ModelExporter.HeldOut(folder, config.AsModelShape, options);
            var path = Path.Combine(staging, Path.GetFileName(LanguageModel.Float32File));
            progress?.Report("Writing the 32-bit file");
            LstmDecoderFile.Write(path, config, parameters, options.Metadata);
            progress?.Report("Proving the 32-bit file");
            double? perplexity;
            IReadOnlyList<ExportCheck> checks;
            using (var session = DecoderSession.Open(path))
            {
                var prompt = ModelExporter.Prompt(heldOut, LongestProof / 2, config.Shape.Vocabulary);
                checks = ModelExporter.Passed(new ExportProof(session, portable: null, text => Logits(engine, text), cancellationToken)
                    .Run(prompt, Math.Min(options.GreedyTokens, LongestProof - prompt.Length)));
                perplexity = heldOut.Count == 0 ? null : Perplexity.Measure(session, heldOut, cancellationToken);
            }

            var final = Path.Combine(folder, ModelExporter.Folder);
            ModelExporter.Replace(final, staging);
            var files = Directory.GetFiles(final).Order(StringComparer.Ordinal).ToDictionary(file => $"{ModelExporter.Folder}/{Path.GetFileName(file)}", file => new FileInfo(file).Length);
            return new(LanguageModel.Float32File, "an LSTM has one form", files, checks, heldOut.Sum(sequence => sequence.Length - 1L), perplexity, null, null, []);
        }
        finally
        {
            ModelExporter.DeleteIfThere(staging);
        }
    }

    private static float[] Logits(LstmEngine engine, int[] text)
    {
        var batch = new TrainingBatch(1, text.Length);
        for (var t = 0; t < text.Length; t++)
        {
            (batch.InputIds[t], batch.PositionIds[t]) = (text[t], t);
        }

        return engine.Logits(batch);
    }
}
