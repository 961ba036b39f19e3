using Pipeline.Corpus;

namespace Pipeline.Generation;

/// <summary>
/// Writes a post part by part in the form that the model was trained on: category and tags are chosen from closed sets, the title is one
/// line, the body is free. So what ends up in the front matter is never the model's free text.
/// </summary>
/// <param name="model">The model; it outlives the writer.</param>
public sealed class PostWriter(LanguageModel model)
{
    private const int TitleTokens = 40;

    private readonly TextGenerator _generator = new(model);
    private readonly ConstrainedChoice _choice = new(model);
    private readonly TitleRule _titleRule = new(model.Tokenizer);

    /// <summary>Writes a post.</summary>
    /// <param name="request">What is given and what may be chosen.</param>
    /// <param name="cancellationToken">Ends the work before the next token.</param>
    /// <exception cref="InvalidSamplingException">Names every setting that is out of range.</exception>
    public async Task<WrittenPost> WriteAsync(WriteRequest request, CancellationToken cancellationToken)
    {
        request.Sampling.Validate(model.Tokenizer.VocabularySize);
        var seeds = new RandomStream(request.Sampling.Seed);
        var code = new ControlCode(request.Category, request.FixedTags ?? [], request.Year, request.Title);
        if (code.Category is null && Categories(request) is { Count: > 0 } categories)
        {
            code = code with { Category = await CategoryAsync(categories, request.Sampling, seeds.NextBits(), cancellationToken) };
        }

        if (request.FixedTags is null && Tags(request) is { Count: > 0 } tags)
        {
            code = code with { Tags = await TagsAsync(code, tags, request.Sampling, seeds, cancellationToken) };
        }

        if (code.Title is null)
        {
            code = code with { Title = await TitleAsync(code, request.Sampling, seeds.NextBits(), cancellationToken) };
        }

        var body = await BodyAsync(code, request.Sampling with { Seed = seeds.NextBits() }, request.TargetWords, cancellationToken);
        var text = body.FinishReason is FinishReason.Length or FinishReason.Exhausted or FinishReason.Repetition ? TextBoundary.CutBack(body.Text) : body.Text;
        return new(code.Title!, code.Category, code.Tags, code.Year, text.Trim(), request.Sampling.Seed, body.Tokens, body.LogProbability);
    }

    private async Task<string> CategoryAsync(List<string> categories, SamplingOptions sampling, ulong seed, CancellationToken cancellationToken)
    {
        var chosen = await _choice.ChooseAsync(Tokens("category:"), [.. categories.Select(category => $" {category}\n")], sampling, seed, cancellationToken);
        return categories[chosen];
    }

    // A line feed after a tag ends the list, a comma goes on: how many tags there are is the model's choice too.
    private async Task<List<string>> TagsAsync(
        ControlCode code, List<string> tags, SamplingOptions sampling, RandomStream seeds, CancellationToken cancellationToken)
    {
        var line = TrainingText.Header(code with { Tags = [], Year = null, Title = null }) + "tags:";
        var (left, chosen, more) = (tags.ToList(), new List<string>(), true);
        while (more)
        {
            string[] choices = [.. left.Select(tag => $" {tag}\n")];
            if (chosen.Count + 1 < ControlCode.MostTags && left.Count > 1)
            {
                choices = [.. choices, .. left.Select(tag => $" {tag},")];
            }

            var index = await _choice.ChooseAsync(Tokens(line), choices, sampling, seeds.NextBits(), cancellationToken);
            more = index >= left.Count;
            line += choices[index];
            chosen.Add(left[index % left.Count]);
            left.RemoveAt(index % left.Count);
        }

        return chosen;
    }

    private async Task<string> TitleAsync(ControlCode code, SamplingOptions sampling, ulong seed, CancellationToken cancellationToken)
    {
        var request = new GenerationRequest
        {
            PromptTokens = Tokens(TrainingText.Header(code) + "title:"),
            Sampling = new()
            {
                Temperature = sampling.Temperature,
                TopK = sampling.TopK,
                TopP = sampling.TopP,
                MinP = sampling.MinP,
                Typical = sampling.Typical,
                // A title may well repeat words of the header, and must end with the line feed that its lines end with.
                RepetitionPenalty = 1,
                BadWords = sampling.BadWords,
                Stop = ["\n"],
                MaxTokens = TitleTokens,
                Seed = seed,
            },
            Rules = [_titleRule],
        };
        var title = (await _generator.GenerateAsync(request, cancellationToken))[0];
        var text = title.FinishReason == FinishReason.Length && title.Text.TrimEnd().LastIndexOf(' ') is > 0 and var space ? title.Text[..space] : title.Text;
        return new ControlCode(null, [], null, text).Title ?? throw new ModelException("The model gives no title: it has no token that can begin one.");
    }

    private async Task<GeneratedText> BodyAsync(ControlCode code, SamplingOptions sampling, int targetWords, CancellationToken cancellationToken)
    {
        // Cut as in training: there a text follows, and then the empty line is a token of its own.
        int[] prompt = [.. Tokens(TrainingText.Header(code)), .. model.Tokenizer.Encode("\n")];
        var request = new GenerationRequest { PromptTokens = prompt, HeaderTokens = prompt.Length, Sampling = sampling, TargetWords = targetWords };
        return (await _generator.GenerateAsync(request, cancellationToken))[0];
    }

    private int[] Tokens(string text) => [model.Tokenizer.EndOfTextId, .. model.Tokenizer.Encode(text)];

    // In the form that headers have; what has none is no choice.
    private static List<string> Categories(WriteRequest request) =>
        [.. request.Categories.Select(category => new ControlCode(category, [], null, null).Category).OfType<string>().Distinct()];

    private static List<string> Tags(WriteRequest request) =>
        [.. request.Tags.SelectMany(tag => new ControlCode(null, [tag], null, null).Tags).Distinct()];
}
