using Pipeline.Generation;
using Pipeline.Testing;
using Pipeline.Tokenization;
using Pipeline.TrainerJob.Models;
using Pipeline.TrainerJob.Safetensors;
using Pipeline.TrainerJob.Tests.Commands;

namespace Pipeline.TrainerJob.Tests.BaseModels;

/// <summary>A base model small enough for a test, with a vocabulary of its own.</summary>
internal static class SmallModel
{
    public static ModelShape Shape { get; } = new(Layers: 2, Heads: 2, Width: 16, Context: 64, Vocabulary: 300);

    /// <summary>Writes it in Hugging Face's layout.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="shards">How many files hold the weights.</param>
    public static void Write(string folder, int shards = 1)
    {
        using var parameters = Gpt2Initializer.Random(Shape, seed: 5);
        Gpt2Folder.Save(folder, Shape, parameters);
        var tokenizer = BpeTrainer.Train([.. Enumerable.Range(0, 5).Select(SmallTexts.Text)], Shape.Vocabulary, TestContext.Current.CancellationToken);
        Assert.Equal(Shape.Vocabulary, tokenizer.VocabularySize);
        tokenizer.Save(folder);
        if (shards > 1)
        {
            File.Delete(Path.Combine(folder, "model.safetensors"));
            var parts = parameters.Chunk((parameters.Count + shards - 1) / shards).ToList();
            var map = new List<string>();
            for (var i = 0; i < parts.Count; i++)
            {
                var file = $"model-{i + 1:00000}-of-{parts.Count:00000}.safetensors";
                SafetensorsWriter.Write(Path.Combine(folder, file), [.. parts[i].Select(parameter => SafetensorsTensor.Of(parameter))]);
                map.AddRange(parts[i].Select(parameter => $"\"{parameter.Name}\": \"{file}\""));
            }

            File.WriteAllText(Path.Combine(folder, "model.safetensors.index.json"), $$"""{ "metadata": { "total_size": 1 }, "weight_map": { {{string.Join(", ", map)}} } }""");
        }
    }

    /// <summary>Whether two folders hold the same weights.</summary>
    public static void AssertSameWeights(string expected, string actual)
    {
        var (_, one) = Gpt2Folder.Load(expected);
        var (_, other) = Gpt2Folder.Load(actual);
        using (one)
        using (other)
        {
            foreach (var (left, right) in one.Zip(other))
            {
                Assert.True(left.Values.SequenceEqual(right.Values), left.Name);
            }
        }
    }

    public static void PutOnHub(HubServer hub, TemporaryFolder folder, string repository, int shards = 1)
    {
        Write(folder.Sub("hub"), shards);
        foreach (var file in Directory.EnumerateFiles(folder.Sub("hub")))
        {
            hub.Files[$"{repository}/resolve/main/{Path.GetFileName(file)}"] = File.ReadAllBytes(file);
        }
    }
}
