using Pipeline.Generation;

namespace Pipeline.Shared.Tests.Generation;

public sealed class SamplerTests
{
    private const int Draws = 20_000;

    private static readonly SamplingOptions Plain = new() { Temperature = 1, TopK = 0, TopP = 1, RepetitionPenalty = 1 };

    // 40 tokens, some equal, some hopeless.
    private static readonly float[] Scores =
        [.. Enumerable.Range(0, 40).Select(i => i is 7 or 8 ? 2.5f : i % 10 == 9 ? float.NegativeInfinity : (float)(3 * Math.Sin(i * 2.4)) - (i / 20f))];

    public static TheoryData<SamplingOptions> Settings =>
    [
        Plain,
        Plain with { Temperature = 0.5f },
        Plain with { Temperature = 2.5f },
        Plain with { TopK = 1 },
        Plain with { TopK = 5 },
        Plain with { TopK = 1000 },
        Plain with { TopP = 0.3f },
        Plain with { TopP = 0.9f },
        Plain with { TopP = 0.9999f },
        Plain with { MinP = 0.2f },
        Plain with { Typical = 0.5f },
        Plain with { Typical = 0.95f },
        Plain with { Temperature = 0.7f, TopK = 12, TopP = 0.9f, MinP = 0.05f, Typical = 0.9f },
        Plain with { Temperature = 1.7f, TopP = 0.8f, MinP = 0.1f },
    ];

    [Theory, MemberData(nameof(Settings))]
    public void Draws_follow_the_distribution_that_the_settings_describe(SamplingOptions options)
    {
        var expected = Distribution(options, Scores);
        var sampler = new Sampler(options, [], 20260101);
        var counts = new int[Scores.Length];
        for (var i = 0; i < Draws; i++)
        {
            counts[sampler.Next(new([], 0), Scores)!.Value.Id]++;
        }

        var (statistic, freedom) = (0.0, -1);
        for (var token = 0; token < counts.Length; token++)
        {
            if (expected[token] == 0)
            {
                Assert.Equal(0, counts[token]);
                continue;
            }

            statistic += Math.Pow(counts[token] - (Draws * expected[token]), 2) / (Draws * expected[token]);
            freedom++;
        }

        // Mean plus five standard deviations of the chi-square distribution; tokens of tiny probability make it heavier than normal.
        Assert.True(statistic <= freedom + (5 * Math.Sqrt(2 * Math.Max(freedom, 1))) + 5, $"chi-square {statistic} at {freedom} degrees of freedom");
    }

    public static TheoryData<SamplingOptions, int> Vocabularies
    {
        get
        {
            var settings = Settings.Select(row => row.Data).Where(options => options with { Temperature = 1 } != Plain).Concat(
            [
                Plain with { TopK = 1500 }, Plain with { TopK = 1500, TopP = 0.7f, Temperature = 1.3f }, Plain with { TopP = 0.95f, Typical = 0.6f }, Plain with { MinP = 0.01f, Typical = 0.8f },
            ]);
            TheoryData<SamplingOptions, int> data = new();
            foreach (var options in settings)
            {
                data.Add(options, 900);
                if (options.TopP is 1 or < 0.99f)
                {
                    // Where the last ten thousandth begins among tokens of a ten millionth each is beyond 32-bit scores.
                    data.Add(options, ModelShape.Gpt2.Vocabulary);
                }
            }

            return data;
        }
    }

    [Theory, MemberData(nameof(Vocabularies))]
    public void Exactly_the_tokens_that_the_settings_describe_stay_in_the_draw(SamplingOptions options, int vocabulary)
    {
        var random = new Random(vocabulary);
        // Few likely and many unlikely tokens, some equal, some impossible.
        float[] scores = [.. Enumerable.Range(0, vocabulary).Select(i => i % 17 == 3 ? float.NegativeInfinity
            : MathF.Round((float)(2.5 * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())), 3))];
        var sampler = new Sampler(options, [], 1);
        var chosen = sampler.Next(new([], 0), scores)!.Value.Id;

        var p = Distribution(options, scores);
        Assert.Equal(Enumerable.Range(0, vocabulary).Where(token => p[token] > 0), sampler.Candidates.ToArray().Order());
        Assert.True(p[chosen] > 0);
    }

    [Fact]
    public void Temperature_0_takes_the_most_likely_token_and_of_equals_the_first()
    {
        var sampler = new Sampler(SamplingOptions.Greedy, [], 1);
        Assert.Equal(2, sampler.Next(new([], 0), [0, 1, 5, 5, 3])!.Value.Id);
    }

    [Fact]
    public void A_temperature_near_0_neither_overflows_nor_differs_from_greedy()
    {
        var sampler = new Sampler(Plain with { Temperature = 1e-30f }, [], 1);
        Assert.Equal(2, sampler.Next(new([], 0), [-1000, 1, 1005, 1004, 3])!.Value.Id);
    }

    [Fact]
    public void The_log_probability_is_the_model_s_whatever_the_settings()
    {
        var expected = TestModel.LogSoftmax([.. Scores.Select(x => (double)x)]);
        var sampler = new Sampler(Plain with { Temperature = 0.3f, TopK = 3, Alternatives = 4 }, [], 5);
        var token = sampler.Next(new([], 0), Scores)!.Value;

        Assert.Equal(expected[token.Id], token.LogProbability, 1e-5);
        Assert.Equal(expected.OrderDescending().Take(4).Select(p => Math.Round(p, 4)), token.Alternatives.Select(other => Math.Round(other.LogProbability, 4)));
    }

    [Fact]
    public void Rules_that_leave_nothing_give_no_token() =>
        Assert.Null(new Sampler(Plain, Sampler.Rules(Plain with { NoRepeatNgram = 1 }, 0, _ => []), 1).Next(new([0, 1], 0), [1, 2]));

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Scores_that_are_no_numbers_are_told_as_damage(float score) =>
        Assert.Throws<ModelException>(() => new Sampler(Plain, [], 1).Next(new([], 0), [1, score, 2]));

    [Fact]
    public void Every_setting_out_of_range_is_named_at_once()
    {
        var options = new SamplingOptions
        {
            Temperature = -1,
            TopK = -1,
            TopP = 0,
            MinP = 2,
            Typical = float.NaN,
            RepetitionPenalty = 0,
            PenaltyConvention = (PenaltyConvention)9,
            PresencePenalty = float.NaN,
            FrequencyPenalty = float.PositiveInfinity,
            NoRepeatNgram = -1,
            BadWords = [""],
            LogitBias = new Dictionary<int, float> { [99] = float.NaN },
            MaxTokens = 0,
            MinTokens = -1,
            Stop = [""],
            Alternatives = -1,
        };
        var failure = Assert.Throws<InvalidSamplingException>(() => options.Validate(10));
        string[] names =
        [
            "Temperature", "TopK", "TopP", "MinP", "Typical", "RepetitionPenalty", "PenaltyConvention", "PresencePenalty", "FrequencyPenalty",
            "NoRepeatNgram", "BadWords", "LogitBias names", "LogitBias holds", "MaxTokens", "MinTokens", "Stop", "Alternatives",
        ];
        Assert.All(names, name => Assert.Contains(name, failure.Message, StringComparison.Ordinal));
        Assert.Equal(names.Length, failure.Problems.Count);
    }

    // The settings by their definitions, over the whole vocabulary each time.
    private static double[] Distribution(SamplingOptions options, float[] scores)
    {
        var p = Softmax([.. scores.Select(x => (double)x / options.Temperature)]);
        if (options.TopK > 0)
        {
            p = Keep(p, Order(p).Take(options.TopK));
        }

        if (options.TopP < 1)
        {
            p = Keep(p, Crossing(p, Order(p), options.TopP));
        }

        if (options.MinP > 0)
        {
            p = Keep(p, Order(p).Where(token => p[token] >= options.MinP * p.Max()));
        }

        if (options.Typical < 1)
        {
            var entropy = -p.Where(x => x > 0).Sum(x => x * Math.Log(x));
            var nearest = Order(p).Where(token => p[token] > 0).OrderBy(token => Math.Round(Math.Abs(-Math.Log(p[token]) - entropy), 9));
            p = Keep(p, Crossing(p, nearest, options.Typical));
        }

        return p;
    }

    private static List<int> Order(double[] p) => [.. Enumerable.Range(0, p.Length).OrderByDescending(token => p[token]).ThenBy(token => token)];

    private static List<int> Crossing(double[] p, IEnumerable<int> order, double mass)
    {
        List<int> kept = [];
        var sum = 0.0;
        foreach (var token in order)
        {
            if (sum >= mass)
            {
                break;
            }

            kept.Add(token);
            sum += p[token];
        }

        return kept;
    }

    private static double[] Keep(double[] p, IEnumerable<int> tokens)
    {
        var kept = tokens.ToHashSet();
        var sum = kept.Sum(token => p[token]);
        return [.. p.Select((x, token) => kept.Contains(token) ? x / sum : 0)];
    }

    private static double[] Softmax(double[] x) => [.. TestModel.LogSoftmax(x).Select(Math.Exp)];
}
