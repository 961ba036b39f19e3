using Pipeline.Generation;
using Pipeline.Generation.Ctrl;
using Pipeline.Generation.Lstm;
using Pipeline.Generation.Markov;
using Pipeline.Tokenization;
using Pipeline.TrainerJob.Ctrl;
using Pipeline.TrainerJob.Lstm;
using Pipeline.TrainerJob.Markov;
using Pipeline.TrainerJob.Models;
using Pipeline.TrainerJob.Training.Engine;

namespace Pipeline.TrainerJob.Export;

/// <summary>
/// Turns a model folder of Hugging Face's layout into one that serves: adds <c>onnx/decoder.onnx</c> (32 bits) and
/// <c>onnx/decoder_quantized.onnx</c> (8 bits), on request <c>onnx/decoder_q4.onnx</c> (4 bits), each with its portable form
/// <c>model*.onnx</c> on the same weights, and proves that they compute the model.
/// </summary>
public static class ModelExporter
{
    internal const string Folder = "onnx";

    /// <summary>Exports a model. An <c>onnx</c> folder of an earlier export is replaced, at the very end and as a whole.</summary>
    /// <param name="modelFolder">Folder with <c>config.json</c> and <c>model.safetensors</c>; with a tokenizer if there are held-out texts.</param>
    /// <param name="options">What to write and how to judge it.</param>
    /// <param name="progress">Gets a line before each step.</param>
    /// <param name="cancellationToken">Ends the export; the folder is then as it was.</param>
    /// <returns>What was written, what was measured, and which file serves.</returns>
    /// <exception cref="ModelException">The folder's description or tokenizer is missing or does not fit.</exception>
    /// <exception cref="ModelFolderException">The weights are missing or do not fit the description.</exception>
    /// <exception cref="ExportException">The 32-bit file does not compute the model.</exception>
    public static ExportReport Export(string modelFolder, ExportOptions options, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        if (ModelKind.Of(modelFolder) is LstmConfig.ModelType)
        {
            return new LstmExport(modelFolder, options, progress).Run(cancellationToken);
        }

        if (ModelKind.Of(modelFolder) is NgramConfig.Type)
        {
            return MarkovFolder.Judge(modelFolder, options, cancellationToken);
        }

        var ctrl = ModelKind.Of(modelFolder) is CtrlConfig.Type;
        var config = ctrl ? CtrlConfig.Read(modelFolder).AsModelConfig : ModelConfig.Read(modelFolder);
        var staging = Path.Combine(modelFolder, Folder + ".partial");
        DeleteIfThere(staging);
        Directory.CreateDirectory(staging);
        try
        {
            var heldOut = HeldOut(modelFolder, config.Shape, options);
            var (_, parameters) = ctrl ? CtrlFolder.Load(modelFolder) : Gpt2Folder.Load(modelFolder);
            IReadOnlyList<ExportCheck> checks;
            IReadOnlySet<string> inEightBits;
            using (parameters)
            using (var engine = new TrainingEngine(config.Shape, parameters, new() { Lora = ctrl ? new LoraSettings(Rank: 0) : null }))
            {
                inEightBits = options.QuantizeTo4Bits ? MixedBits(engine, parameters, config.Shape, heldOut, options, progress, cancellationToken) : new HashSet<string>();
                Write(staging, new DecoderWeights(config, parameters), inEightBits, options, progress, cancellationToken);
                progress?.Report("Proving the 32-bit file");
                checks = Prove(Staged(staging, LanguageModel.Float32File), config.Shape, engine, heldOut, options, cancellationToken);
            }

            var judgement = ServingJudgement.Of(staging, heldOut, options, progress, cancellationToken);
            Replace(Path.Combine(modelFolder, Folder), staging);
            if (!ctrl)
            {
                PortableConfig.Name(modelFolder, Directory.GetFiles(Path.Combine(modelFolder, Folder), "model*.onnx").Select(path => Path.GetFileName(path)));
            }

            var files = Directory.GetFiles(Path.Combine(modelFolder, Folder)).Order(StringComparer.Ordinal)
                .ToDictionary(path => $"{Folder}/{Path.GetFileName(path)}", path => new FileInfo(path).Length);
            return new(judgement.ServingFile, judgement.Reason, files, checks, heldOut.Sum(sequence => sequence.Length - 1L),
                judgement.Perplexity, judgement.EightBits, judgement.FourBits, [.. inEightBits.Order(StringComparer.Ordinal)]);
        }
        finally
        {
            DeleteIfThere(staging);
        }
    }

    private static IReadOnlySet<string> MixedBits(
        TrainingEngine engine, ParameterSet parameters, ModelShape shape, List<int[]> heldOut, ExportOptions options, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        progress?.Report("Choosing the matrices that stay at 8 bits");
        return heldOut.Count == 0
            ? new HashSet<string>()
            : new MatrixSensitivity(engine, parameters, shape, cancellationToken).InEightBits(heldOut, options.MaximumPerplexityRiseOf4Bits);
    }

    private static void Write(
        string staging, DecoderWeights weights, IReadOnlySet<string> inEightBits, ExportOptions options, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        progress?.Report("Writing the 32-bit file");
        DecoderFile.Write(Staged(staging, LanguageModel.Float32File), weights, WeightPlan.Float32, options.Metadata);
        cancellationToken.ThrowIfCancellationRequested();
        if (options.Quantize)
        {
            progress?.Report("Writing the 8-bit file");
            DecoderFile.Write(Staged(staging, LanguageModel.QuantizedFile), weights, WeightPlan.Int8, options.Metadata);
            cancellationToken.ThrowIfCancellationRequested();
        }

        if (options.QuantizeTo4Bits)
        {
            progress?.Report("Writing the 4-bit file");
            DecoderFile.Write(Staged(staging, LanguageModel.FourBitFile), weights, WeightPlan.Int4(inEightBits), options.Metadata);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private static IReadOnlyList<ExportCheck> Prove(
        string path, ModelShape shape, TrainingEngine engine, List<int[]> heldOut, ExportOptions options, CancellationToken cancellationToken)
    {
        using var session = DecoderSession.Open(path);
        using var portable = shape.IsCtrl ? null : new PortableProof(ModelFiles.PortableOf(path), shape);
        var longest = Math.Max(1, shape.Context / 2);
        return Passed(new ExportProof(session, portable, text => Logits(engine, text), cancellationToken).Run(Prompt(heldOut, longest, shape.Vocabulary), options.GreedyTokens));
    }

    /// <summary>Real text if there is any; else the tokens of a fixed walk through the vocabulary, so that the proof is the same every time.</summary>
    internal static int[] Prompt(List<int[]> heldOut, int longest, int vocabulary) =>
        [.. heldOut.Count > 0 ? heldOut[0].Take(Math.Min(24, longest)) : Enumerable.Range(1, Math.Min(12, longest)).Select(i => (int)(i * 7919L % vocabulary))];

    /// <summary>The checks, if none failed.</summary>
    /// <exception cref="ExportException">Some did; the message names them.</exception>
    internal static IReadOnlyList<ExportCheck> Passed(IReadOnlyList<ExportCheck> checks)
    {
        var failed = checks.Where(check => check.Outcome == CheckOutcome.Failed).ToList();
        return failed.Count == 0
            ? checks
            : throw new ExportException("The exported model does not compute what the trained one does, nothing was kept: "
                + string.Join("; ", failed.Select(check => $"{check.Name}: {check.Measured:g3}, at most {check.Limit:g3}")) + ".");
    }

    private static float[] Logits(TrainingEngine engine, int[] text)
    {
        var batch = new TrainingBatch(1, text.Length);
        for (var t = 0; t < text.Length; t++)
        {
            (batch.InputIds[t], batch.PositionIds[t]) = (text[t], t);
        }

        return engine.Logits(batch);
    }

    // Whole texts between two end-of-text tokens, cut where the context ends, until there are enough tokens.
    internal static List<int[]> HeldOut(string modelFolder, ModelShape shape, ExportOptions options)
    {
        List<int[]> sequences = [];
        if (options.HeldOutTexts.Count == 0)
        {
            return sequences;
        }

        var tokenizer = BpeTokenizer.Load(modelFolder);
        if (tokenizer.VocabularySize > shape.Vocabulary)
        {
            throw new ModelException($"The tokenizer in {modelFolder} has {tokenizer.VocabularySize} tokens, the model {shape.Vocabulary}: they belong to different models.");
        }

        var left = options.MaximumHeldOutTokens;
        foreach (var text in options.HeldOutTexts)
        {
            int[] tokens = [tokenizer.EndOfTextId, .. tokenizer.Encode(text), tokenizer.EndOfTextId];
            var length = Math.Min(Math.Min(tokens.Length, shape.Context), left + 1);
            if (length < 2)
            {
                break;
            }

            sequences.Add(tokens[..length]);
            left -= length - 1;
        }

        return sequences;
    }

    private static string Staged(string staging, string file) => Path.Combine(staging, Path.GetFileName(file));

    /// <summary>Puts a finished folder in the place of an old one.</summary>
    internal static void Replace(string folder, string staging)
    {
        var old = folder + ".old";
        DeleteIfThere(old);
        if (Directory.Exists(folder))
        {
            Directory.Move(folder, old);
        }

        Directory.Move(staging, folder);
        DeleteIfThere(old);
    }

    internal static void DeleteIfThere(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
