using Pipeline.Tokenization;

namespace Pipeline.Shared.Tests.Tokenization;

[Collection(PeerTests.Name)]
public sealed class Gpt2PeerTests(PeerTokenizers peers)
{
    private static readonly BpeTokenizer Tokenizer = BpeTokenizer.Gpt2();

    [Fact]
    public async Task Every_post_of_every_blog_gets_the_ids_that_three_independent_tokenizers_give()
    {
        Assert.True(BlogTexts.All.Count > 1900, $"only {BlogTexts.All.Count} posts found");
        foreach (var (path, text) in BlogTexts.All)
        {
            await AssertSameIds(path, text, PeerTokenizers.Gpt2);
        }
    }

    private async Task AssertSameIds(string name, string text, IEnumerable<string> names)
    {
        var ours = Tokenizer.Encode(text);
        foreach (var (peer, theirs) in await peers.EncodeAsync(names, text, null, TestContext.Current.CancellationToken))
        {
            var common = ours.Zip(theirs).TakeWhile(pair => pair.First == pair.Second).Count();
            Assert.True(
                common == ours.Count && common == theirs.Length,
                $"{name}: {peer} differs after {common} ids, at '{Tokenizer.Decode(ours.Skip(common).Take(8).ToArray())}': ours {string.Join(' ', ours.Skip(common).Take(8))}, theirs {string.Join(' ', theirs.Skip(common).Take(8))}");
        }
    }
}
