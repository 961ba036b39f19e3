using Pipeline.Generation;

namespace Pipeline.Shared.Tests.Generation;

public sealed class ConstrainedChoiceTests(TestModel test) : IDisposable
{
    private static readonly string[] Choices = [" bread\n", " bicycle\n", " garden\n", " garden notes\n", " Übermut\n", " x\n"];

    private static readonly SamplingOptions Plain = new() { Temperature = 1, TopK = 0, TopP = 1, RepetitionPenalty = 1 };

    private readonly ConstrainedChoice _choice = new(test.Model);

    private readonly DecoderSession _session = DecoderSession.Open(Path.Combine(test.Folder, test.Model.ServingFile));

    private int[] Prompt => [test.Model.Tokenizer.EndOfTextId, .. test.Model.Tokenizer.Encode("category:")];

    public void Dispose() => _session.Dispose();

    [Fact]
    public async Task Choices_are_as_frequent_as_their_paths_are_likely()
    {
        var expected = Choices.Select(choice => PathProbability(choice, Choices)).ToArray();
        Assert.Equal(1, expected.Sum(), 1e-6);
        var counts = await Count(Choices, 1500, Plain);
        for (var i = 0; i < Choices.Length; i++)
        {
            // Five standard deviations of a binomial count.
            Assert.InRange(counts[i], (1500 * expected[i]) - 2 - (5 * Math.Sqrt(1500 * expected[i])), (1500 * expected[i]) + 2 + (5 * Math.Sqrt(1500 * expected[i])));
        }
    }

    [Fact]
    public async Task At_temperature_0_the_likeliest_token_leads_at_each_step()
    {
        var chosen = await _choice.ChooseAsync(Prompt, Choices, SamplingOptions.Greedy, 1, TestContext.Current.CancellationToken);
        var first = Next([.. Prompt]);
        var best = Choices.Max(choice => first[test.Model.Tokenizer.Encode(choice)[0]]);
        Assert.Equal(best, first[test.Model.Tokenizer.Encode(Choices[chosen])[0]]);
    }

    [Fact]
    public async Task A_choice_that_another_begins_with_can_be_chosen_and_so_can_the_other()
    {
        // A high temperature, so that neither is rare.
        var counts = await Count([" garden", " garden notes"], 200, Plain with { Temperature = 10 });
        Assert.All(counts, count => Assert.InRange(count, 1, 199));
    }

    [Fact]
    public async Task A_single_choice_needs_no_model_and_equal_choices_count_as_the_first()
    {
        Assert.Equal(0, await _choice.ChooseAsync(Prompt, [" one\n"], Plain, 1, TestContext.Current.CancellationToken));
        Assert.Equal(0, await _choice.ChooseAsync(Prompt, [" one\n", " one\n"], Plain, 1, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task No_choice_or_an_empty_one_is_refused()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => _choice.ChooseAsync(Prompt, [], Plain, 1, TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<ArgumentException>(() => _choice.ChooseAsync(Prompt, ["a", ""], Plain, 1, TestContext.Current.CancellationToken));
    }

    private async Task<int[]> Count(string[] choices, int draws, SamplingOptions sampling)
    {
        var counts = new int[choices.Length];
        for (var seed = 0; seed < draws; seed++)
        {
            counts[await _choice.ChooseAsync(Prompt, choices, sampling, (ulong)seed, TestContext.Current.CancellationToken)]++;
        }

        return counts;
    }

    // The product over the path of each token's share among those that lead to any choice.
    private double PathProbability(string choice, string[] all)
    {
        var tokens = test.Model.Tokenizer.Encode(choice);
        var others = all.Select(test.Model.Tokenizer.Encode).ToList();
        var probability = 1.0;
        for (var at = 0; at < tokens.Count; at++)
        {
            var open = others.Where(other => other.Count > at && other.Take(at).SequenceEqual(tokens.Take(at))).Select(other => other[at]).Distinct().ToList();
            var next = Next([.. Prompt, .. tokens.Take(at)]);
            probability *= Math.Exp(next[tokens[at]]) / open.Sum(token => Math.Exp(next[token]));
        }

        return probability;
    }

    private double[] Next(List<int> text) => test.Next(_session, text);
}
