using System.Text;
using Pipeline.Storage;
using Pipeline.Tokenization;
using Pipeline.TrainerJob.Models;
using Pipeline.TrainerJob.Runs;
using Pipeline.TrainerJob.Training;

namespace Pipeline.TrainerJob.BaseMaking;

/// <summary>Makes of a trained model the folder that ships: weights in 16 bits, tokenizer, model card.</summary>
internal static class BasePackage
{
    private const string MetricsName = "metrics.json";

    /// <summary>Writes the folder and scores it as it lies there.</summary>
    /// <param name="model">The trained model's folder, with its <c>metrics.json</c>.</param>
    /// <param name="texts">What it learned.</param>
    /// <param name="output">The folder to write; what is in it under the same names is replaced.</param>
    /// <param name="before">The trainings that it went on from.</param>
    /// <param name="learningRate">The highest of its own training.</param>
    /// <returns>The score of the shipped weights on the held-out texts.</returns>
    public static async Task<EvaluationResult> WriteAsync(
        string model, BaseTexts texts, string output, IReadOnlyList<BaseSitting> before, double learningRate, CancellationToken cancellationToken)
    {
        var metrics = ModelMetricsFile.Read(Path.Combine(model, MetricsName));
        var tokenizer = BpeTokenizer.Load(model);
        var (shape, parameters) = Gpt2Folder.Load(model);
        using (parameters)
        {
            Gpt2Folder.Save(output, shape, parameters, tokenizer.EndOfTextId, halves: true);
        }

        tokenizer.Save(output);
        var held = ModelEvaluation.Measure(output, texts.Corpus.Validation, "the held-out texts", cancellationToken);
        IReadOnlyList<BaseSitting> trainings =
            [.. before, new(metrics.Steps, metrics.TrainedTokens, Math.Round(metrics.Seconds / 3600, 2), learningRate, texts.Repeats)];
        await BaseSitting.WriteAsync(output, trainings, cancellationToken);
        var card = new ModelCard(shape, texts, held.Loss, held.LossPerCharacter, trainings);
        await AtomicFile.WriteAsync(Path.Combine(output, ModelCard.FileName), Encoding.UTF8.GetBytes(card.ToString()), cancellationToken);
        return held;
    }
}
