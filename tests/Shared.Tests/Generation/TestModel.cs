using System.Numerics.Tensors;
using Pipeline.Generation;
using Pipeline.Shared.Tests.Generation;
using Pipeline.Testing;
using Pipeline.Tokenization;
using Pipeline.TrainerJob.Export;
using Pipeline.TrainerJob.Models;

[assembly: AssemblyFixture(typeof(TestModel))]

namespace Pipeline.Shared.Tests.Generation;

/// <summary>A small model of random weights with a tokenizer of its own, exported as a trained one would be.</summary>
public sealed class TestModel : IDisposable
{
    private const string Text = """
        The kettle sings in the morning and the cat listens. Why does bread rise? It rises because the yeast is awake!
        Garden notes: beans, peas, and a stubborn row of carrots. The rain came late; the soil was glad of it.
        A bicycle needs air in its tyres, oil on its chain and a reason to go out. Übermut tut selten gut, sagte sie.
        """;

    private readonly Lazy<(TemporaryFolder Folder, LanguageModel Model)> _made = new(Make);

    public string Folder => _made.Value.Folder.FullName;

    public LanguageModel Model => _made.Value.Model;

    /// <summary>A copy of the folder that a test may damage.</summary>
    public TemporaryFolder Copy()
    {
        var copy = new TemporaryFolder();
        foreach (var file in Directory.GetFiles(Folder, "*", SearchOption.AllDirectories))
        {
            var to = copy.Sub(Path.GetRelativePath(Folder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(file, to);
        }

        return copy;
    }

    /// <summary>Log-probabilities of the next token after a text, computed without any cache.</summary>
    public double[] Next(DecoderSession session, IReadOnlyList<int> text)
    {
        using var cache = session.CreateCache(1, text.Count);
        cache.Prefill(0, [.. text]);
        return LogSoftmax(cache.Logits(0)[..Model.Tokenizer.VocabularySize].ToArray().Select(x => (double)x).ToArray());
    }

    public static double[] LogSoftmax(double[] logits)
    {
        var highest = logits.Max();
        var sum = logits.Sum(x => Math.Exp(x - highest));
        return [.. logits.Select(x => x - highest - Math.Log(sum))];
    }

    public void Dispose()
    {
        if (_made.IsValueCreated)
        {
            Model.Dispose();
            _made.Value.Folder.Dispose();
        }
    }

    // At the first use: runs of other tests need no model.
    private static (TemporaryFolder Folder, LanguageModel Model) Make()
    {
        var folder = new TemporaryFolder();
        var tokenizer = BpeTrainer.Train([Text], 320, CancellationToken.None, null);
        var shape = new ModelShape(2, 2, 32, 64, tokenizer.VocabularySize);
        using var parameters = Gpt2Initializer.Random(shape, 11);
        foreach (var parameter in parameters.Where(parameter => parameter.IsMatrix))
        {
            // As they come, random weights give nearly equal scores to all tokens.
            TensorPrimitives.Multiply(parameter.Values, 8, parameter.Values);
        }

        Gpt2Folder.Save(folder.FullName, shape, parameters);
        tokenizer.Save(folder.FullName);
        ModelExporter.Export(folder.FullName, new ExportOptions { QuantizeTo4Bits = true }, null, CancellationToken.None);
        return (folder, LanguageModel.Load(folder.FullName));
    }
}
