using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Pipeline.Functions.Local;
using Pipeline.Functions.Sample;
using Pipeline.Generation;
using Pipeline.Tokenization;

namespace Pipeline.Functions.Tests.Sample;

public sealed class SampleRequestTests
{
    [Fact]
    public void A_query_and_a_body_say_the_same()
    {
        var query = SampleRequest.FromQuery(new QueryCollection(QueryHelpers.ParseQuery(
            "?title=Soup&penaltyConvention=bysign&presencePenalty=0.5&frequencyPenalty=0.25&noRepeatNgram=3&minP=0.1&typical=0.9&badWords=a&badWords=b,c&stop=%0A%0A&forcedPrefix=It&minLength=4&targetWords=20&explain=2&seed=9")));
        var body = JsonSerializer.Deserialize(
            """
            {"title":"Soup","penaltyConvention":"BySign","presencePenalty":0.5,"frequencyPenalty":0.25,"noRepeatNgram":3,"minP":0.1,"typical":0.9,
             "badWords":["a","b,c"],"stop":["\n\n"],"forcedPrefix":"It","minLength":4,"targetWords":20,"explain":2,"seed":9}
            """,
            SampleJson.Default.SampleRequest)!;

        var tokenizer = BpeTokenizer.Gpt2();
        var (ours, theirs) = (query.ToGeneration(tokenizer), body.ToGeneration(tokenizer));
        Assert.Equal(20, ours.TargetWords);
        Assert.Equal(ours.TargetWords, theirs.TargetWords);
        Assert.Equal(ours.Sampling.BadWords, theirs.Sampling.BadWords);
        Assert.Equal(ours.Sampling.Stop, theirs.Sampling.Stop);
        Assert.Equal(["a", "b,c"], ours.Sampling.BadWords);
        Assert.Equal(["\n\n"], ours.Sampling.Stop);
        var expected = new SamplingOptions
        {
            MaxTokens = 300,
            PenaltyConvention = PenaltyConvention.BySign,
            PresencePenalty = 0.5f,
            FrequencyPenalty = 0.25f,
            NoRepeatNgram = 3,
            MinP = 0.1f,
            Typical = 0.9f,
            BadWords = ours.Sampling.BadWords,
            Stop = ours.Sampling.Stop,
            LogitBias = ours.Sampling.LogitBias,
            ForcedPrefix = "It",
            MinTokens = 4,
            Alternatives = 2,
            Seed = 9,
        };
        Assert.Equal(expected, ours.Sampling);
    }

    [Fact]
    public void An_unknown_convention_is_named_with_those_there_are()
    {
        var failure = Assert.Throws<FormatException>(() => SampleRequest.FromQuery(new QueryCollection(QueryHelpers.ParseQuery("?penaltyConvention=harsh"))));
        Assert.Contains("LogProbability, BySign, Ctrl", failure.Message, StringComparison.Ordinal);
        Assert.Contains("harsh", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_answer_explains_its_tokens_if_that_was_asked_for()
    {
        var tokenizer = BpeTokenizer.Gpt2();
        var cat = tokenizer.Encode(" cat")[0];
        var half = (float)Math.Log(0.5);
        Assert.Null(ExplainedToken.Of([], tokenizer));
        var step = new GeneratedToken(cat, " cat", half, 0, FinishReason.Length, [new(cat, half), new(tokenizer.EndOfTextId, 2 * half)]);
        var answer = new SampleAnswer
        {
            Prefix = "",
            Text = " cat",
            Seed = 1,
            Version = "v",
            Tokens = 1,
            FinishReason = "Length",
            Explain = ExplainedToken.Of([step], tokenizer),
        };
        using var json = JsonDocument.Parse(JsonSerializer.Serialize(answer, SampleJson.Default.SampleAnswer));
        var token = Assert.Single(json.RootElement.GetProperty("explain").EnumerateArray());
        Assert.Equal((" cat", 0.5), (token.GetProperty("text").GetString(), Math.Round(token.GetProperty("probability").GetDouble(), 6)));
        Assert.Equal("<|endoftext|>", token.GetProperty("alternatives")[1].GetProperty("text").GetString());
        Assert.False(token.GetProperty("alternatives")[1].TryGetProperty("alternatives", out _));
    }

    [Fact]
    public void A_token_is_explained_on_one_line()
    {
        var tokenizer = BpeTokenizer.Gpt2();
        var (cat, feed) = (tokenizer.Encode(" cat")[0], tokenizer.Encode("\n")[0]);
        var half = (float)Math.Log(0.5);
        Assert.Equal(
            " 50.0% '\\n'                 ' cat' 25.0%, '<|endoftext|>' 0.1%",
            TokenExplanation.Line(tokenizer, new(feed, "\n", half, 0, null, [new(feed, half), new(cat, 2 * half), new(tokenizer.EndOfTextId, (float)Math.Log(0.001))])));
        Assert.Equal("(no token: Exhausted)", TokenExplanation.Line(tokenizer, new(-1, "", 0, 0, FinishReason.Exhausted, [])));
    }
}
