using System.CommandLine;
using Pipeline.Functions.Sample;
using Pipeline.Generation;

namespace Pipeline.Functions.Local;

/// <summary>The options of <c>sample</c> that say what text is wanted and how its tokens are chosen.</summary>
internal sealed class SampleArguments
{
    private static readonly SampleRequest Defaults = new();

    private readonly Option<string?> _prompt = new("--prompt") { Description = "Text to go on from." };
    private readonly Option<string?> _title = new("--title") { Description = "The post's title." };
    private readonly Option<string[]> _tags = new("--tags") { Description = "The post's tags, at most three.", AllowMultipleArgumentsPerToken = true };
    private readonly Option<string?> _category = new("--category") { Description = "The post's category." };
    private readonly Option<int?> _year = new("--year") { Description = "The year whose voice is wanted." };
    private readonly Option<int> _length = new("--length") { Description = "Tokens at most.", DefaultValueFactory = _ => Defaults.Length };
    private readonly Option<int> _minLength = new("--min-length") { Description = "Tokens at least." };
    private readonly Option<int> _targetWords = new("--target-words") { Description = "Ends at the first end of a sentence or block after this many words." };
    private readonly Option<float> _temperature = new("--temperature") { Description = "Higher is bolder; 0 is greedy.", DefaultValueFactory = _ => Defaults.Temperature };
    private readonly Option<int> _topK = new("--top-k") { Description = "Keeps this many of the likeliest tokens; 0 keeps all.", DefaultValueFactory = _ => Defaults.TopK };
    private readonly Option<float> _topP = new("--top-p") { Description = "Keeps the likeliest tokens up to this probability; 1 keeps all.", DefaultValueFactory = _ => Defaults.TopP };
    private readonly Option<float> _minP = new("--min-p") { Description = "Keeps tokens at least this times as likely as the likeliest." };
    private readonly Option<float> _typical = new("--typical") { Description = "Keeps the tokens of typical surprise up to this probability; 1 keeps all.", DefaultValueFactory = _ => Defaults.Typical };
    private readonly Option<float> _penalty = new("--repetition-penalty") { Description = "Above 1, what was said is less likely to be said again.", DefaultValueFactory = _ => Defaults.RepetitionPenalty };
    private readonly Option<PenaltyConvention> _convention = new("--penalty-convention") { Description = "What that penalty does: to log-probabilities, to logits by their sign as Hugging Face, or as CTRL." };
    private readonly Option<float> _presence = new("--presence-penalty") { Description = "Subtracted from the score of what was generated before." };
    private readonly Option<float> _frequency = new("--frequency-penalty") { Description = "The same, once for each time." };
    private readonly Option<int> _noRepeat = new("--no-repeat-ngram") { Description = "No sequence of this many tokens comes twice." };
    private readonly Option<string[]> _badWords = new("--bad-words") { Description = "Words that do not come.", AllowMultipleArgumentsPerToken = true };
    private readonly Option<string[]> _stop = new("--stop") { Description = "Ends the text before this; may be given several times." };
    private readonly Option<string?> _forced = new("--starts-with") { Description = "What the text begins with." };
    private readonly Option<int> _beams = new("--beams") { Description = "Looks for the likeliest text with this many beams instead of drawing one; 0 draws." };
    private readonly Option<float> _lengthPenalty = new("--length-penalty") { Description = "With beams: above 0 favours long texts.", DefaultValueFactory = _ => Defaults.LengthPenalty };
    private readonly Option<int> _explain = new("--explain") { Description = "Prints every token on a line of its own with its probability and this many of the likeliest tokens." };

    /// <summary>The seed, if one was given.</summary>
    public Option<ulong?> Seed { get; } = new("--seed") { Description = "The same seed gives the same text; drawn and shown on standard error if left out." };

    /// <summary>Adds all of them to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in new Option[]
        {
            _prompt, _title, _tags, _category, _year, _length, _minLength, _targetWords, _temperature, _topK, _topP, _minP, _typical, _penalty, _convention,
            _presence, _frequency, _noRepeat, _badWords, _stop, _forced, _beams, _lengthPenalty, _explain, Seed,
        })
        {
            command.Add(option);
        }
    }

    /// <summary>The request that the command line makes; a seed is drawn if none was given.</summary>
    public SampleRequest Read(ParseResult arguments) => new()
    {
        Prompt = arguments.GetValue(_prompt),
        Title = arguments.GetValue(_title),
        Tags = arguments.GetValue(_tags) ?? [],
        Category = arguments.GetValue(_category),
        Year = arguments.GetValue(_year),
        Length = arguments.GetValue(_length),
        MinLength = arguments.GetValue(_minLength),
        TargetWords = arguments.GetValue(_targetWords),
        Temperature = arguments.GetValue(_temperature),
        TopK = arguments.GetValue(_topK),
        TopP = arguments.GetValue(_topP),
        MinP = arguments.GetValue(_minP),
        Typical = arguments.GetValue(_typical),
        RepetitionPenalty = arguments.GetValue(_penalty),
        PenaltyConvention = arguments.GetValue(_convention),
        PresencePenalty = arguments.GetValue(_presence),
        FrequencyPenalty = arguments.GetValue(_frequency),
        NoRepeatNgram = arguments.GetValue(_noRepeat),
        BadWords = arguments.GetValue(_badWords) ?? [],
        Stop = arguments.GetValue(_stop) ?? [],
        ForcedPrefix = arguments.GetValue(_forced) ?? "",
        Beams = arguments.GetValue(_beams),
        LengthPenalty = arguments.GetValue(_lengthPenalty),
        Explain = arguments.GetValue(_explain),
        Seed = arguments.GetValue(Seed) ?? Seeds.Draw(),
    };
}
