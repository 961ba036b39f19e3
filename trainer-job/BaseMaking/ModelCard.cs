using System.Globalization;
using System.Text;
using Pipeline.Generation;

namespace Pipeline.TrainerJob.BaseMaking;

/// <summary>What people should know about a base model before they use it, in the form of Hugging Face's model cards.</summary>
/// <param name="Shape">The model's sizes.</param>
/// <param name="Texts">What it learned.</param>
/// <param name="Loss">Nats a token over the held-out texts, of the weights as they are shipped.</param>
/// <param name="LossPerCharacter">The same by UTF-16 characters.</param>
/// <param name="Trainings">How it was trained, the first training first.</param>
internal sealed record ModelCard(ModelShape Shape, BaseTexts Texts, double Loss, double LossPerCharacter, IReadOnlyList<BaseSitting> Trainings)
{
    /// <summary>The card's file name.</summary>
    public const string FileName = "README.md";

    /// <inheritdoc />
    public override string ToString()
    {
        var card = new StringBuilder();
        card.Append(CultureInfo.InvariantCulture, $"""
            ---
            language: en
            license: cc0-1.0
            library_name: transformers
            pipeline_tag: text-generation
            tags: [gpt2, blog]
            ---

            # {BaseModels.ShippedBase.Name}

            A small GPT-2 to begin with: fine-tuned on a blog, it writes in the blog's voice and has learned English before. By itself it writes
            sentences that run and an argument that does not. It knows no facts, and what it says of people and agencies is made up.

            | | |
            |---|---|
            | architecture | GPT-2: {Shape.Layers} layers, {Shape.Width} wide, {Shape.Heads} heads, context {Shape.Context} |
            | parameters | {Shape.Parameters / 1e6:0.0} million, in 16 bits |
            | vocabulary | {Shape.Vocabulary:#,0} tokens, byte-level BPE, learned from the same texts |
            | held-out texts | loss {Loss:0.000} nats a token, perplexity {Math.Exp(Loss):0.0}; {LossPerCharacter:0.000} nats a character |
            | training | {Trainings.Sum(training => training.Steps):#,0} steps, {Trainings.Sum(training => training.Tokens) / 1e6:0.0} million tokens, {Trainings.Sum(training => training.Hours):0.0} hours on two processor cores, from nothing |

            ## Texts

            Public domain and CC0 texts alone; none of them is in this repository. {Texts.Train.Count:#,0} documents, {Words(Texts.Train) / 1e6:0.0} million words; those of the
            kind "{BaseTexts.RepeatedKind}" were learned {string.Join(", then ", Trainings.Select(training => training.Repeats).Distinct())} times as often as others. {Texts.Validation.Count} more were held out.

            | kind | source | license as stated | documents | words |
            |---|---|---|---|---|

            """);
        foreach (var group in Texts.Train
            .GroupBy(document => (document.Kind, document.Repository, document.License))
            .OrderBy(group => group.Key.Kind, StringComparer.Ordinal)
            .ThenByDescending(Words))
        {
            card.Append(CultureInfo.InvariantCulture, $"| {group.Key.Kind} | {group.Key.Repository} | {group.Key.License} | {group.Count():#,0} | {Words(group):#,0} |\n");
        }

        card.Append(CultureInfo.InvariantCulture, $"""

            Left out: authors who may still be protected outside the United States, and the blog of 18F, on which fine-tuning is measured
            ({string.Join(", ", BaseTexts.LeftOut.Select(start => $"`{start}`"))}).

            ## License

            The weights, the tokenizer and this card: CC0 1.0.

            ## Made again

            {string.Join("\n", Commands().Select(command => "    " + command))}

            TEXTS is a folder of those texts (`base --help`). The same texts, settings and processor give the same weights each time.

            """);
        return card.ToString();
    }

    private IEnumerable<string> Commands() => Trainings.Select((training, index) =>
        training.Command(index == 0 ? null : $"base-{index}", index == Trainings.Count - 1 ? "trainer-job/base" : $"base-{index + 1}"));

    private static double Words(IEnumerable<BaseDocument> documents) =>
        documents.Sum(document => (double)document.Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length);
}
