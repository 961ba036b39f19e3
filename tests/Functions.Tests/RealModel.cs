using System.Numerics.Tensors;
using Pipeline.Functions.Tests;
using Pipeline.Generation;
using Pipeline.Registry;
using Pipeline.Storage;
using Pipeline.Testing;
using Pipeline.Tokenization;
using Pipeline.TrainerJob.Export;
using Pipeline.TrainerJob.Models;

[assembly: AssemblyFixture(typeof(RealModel))]

namespace Pipeline.Functions.Tests;

/// <summary>Two small models of random weights, exported as trained ones are: they generate, and each finds other texts probable.</summary>
public sealed class RealModel : IDisposable
{
    /// <summary>Tokens that a text may have.</summary>
    public const int Context = 64;

    private const string ServingFile = "onnx/decoder_quantized.onnx";

    private readonly Lazy<TemporaryFolder>[] made = [new(() => Make(11)), new(() => Make(12))];

    /// <summary>The first model's or the second's folder.</summary>
    public string Folder(int number) => made[number - 1].Value.FullName;

    /// <summary>Publishes the first or second model as a version.</summary>
    internal Task<ModelManifest> PublishAsync(IBlobStore store, int number, string version, string corpus, CancellationToken cancellationToken, double perplexity = 20, DateTimeOffset? created = null) =>
        new ModelStore(store).PublishAsync(
            Folder(number),
            TestModels.Manifest(version, corpus, perplexity, created) with { ServingFile = ServingFile, Shape = new ModelShape(2, 2, 32, Context, 320) },
            cancellationToken);

    /// <summary>
    /// How improbable a model finds texts, in nats, with the number of tokens: each token's probability from a run of its own over all that
    /// comes before it, with no cache and no sampler.
    /// </summary>
    public (double Nats, int Tokens) Score(int number, IEnumerable<string> texts, int mostTokens = Context - 1)
    {
        using var session = DecoderSession.Open(Path.Combine(Folder(number), ServingFile));
        using var model = LanguageModel.Load(Folder(number), ServingFile);
        var (nats, count) = (0.0, 0);
        foreach (var text in texts)
        {
            int[] tokens = [model.Tokenizer.EndOfTextId, .. model.Tokenizer.Encode(text), model.Tokenizer.EndOfTextId];
            var scored = Math.Min(tokens.Length - 1, Math.Min(mostTokens, Context - 1));
            for (var place = 1; place <= scored; place++)
            {
                using var cache = session.CreateCache(1, place);
                cache.Prefill(0, tokens.AsSpan(0, place));
                var logits = cache.Logits(0)[..model.Tokenizer.VocabularySize];
                var highest = TensorPrimitives.Max(logits);
                var sum = 0.0;
                foreach (var logit in logits)
                {
                    sum += Math.Exp(logit - highest);
                }

                nats -= logits[tokens[place]] - highest - Math.Log(sum);
            }

            count += scored;
        }

        return (nats, count);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var folder in made.Where(folder => folder.IsValueCreated))
        {
            folder.Value.Dispose();
        }
    }

    private static TemporaryFolder Make(ulong seed)
    {
        var folder = new TemporaryFolder();
        var tokenizer = BpeTrainer.Train([string.Join('\n', Enumerable.Range(0, 30).Select(TestModels.Text))], 320, CancellationToken.None, null);
        var shape = new ModelShape(2, 2, 32, Context, tokenizer.VocabularySize);
        using var parameters = Gpt2Initializer.Random(shape, seed);
        foreach (var parameter in parameters.Where(parameter => parameter.IsMatrix))
        {
            // As they come, random weights give nearly equal scores to all tokens.
            TensorPrimitives.Multiply(parameter.Values, 8, parameter.Values);
        }

        Gpt2Folder.Save(folder.FullName, shape, parameters);
        tokenizer.Save(folder.FullName);
        ModelExporter.Export(folder.FullName, new ExportOptions(), null, CancellationToken.None);
        return folder;
    }
}
