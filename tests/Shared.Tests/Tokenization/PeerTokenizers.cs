using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Pipeline.Testing;
using Pipeline.Tokenization;

namespace Pipeline.Shared.Tests.Tokenization;

/// <summary>Other people's tokenizers, run by node in one process for all tests that ask for them.</summary>
public sealed class PeerTokenizers : IAsyncDisposable
{
    /// <summary>The encoders that know GPT-2's vocabulary.</summary>
    public static readonly string[] Gpt2 = ["tiktoken", "js-tiktoken", "gpt-3-encoder"];

    private readonly NodePeer _node = new(
        "tokenizers",
        Path.Combine(ProjectFolders.Root, "tests", "Shared.Tests", "Tokenization", "peer-tokenizers.mjs"),
        Path.Combine(ProjectFolders.Root, "shared"));

    /// <summary>The text's ids by each of the peers.</summary>
    public async Task<IReadOnlyDictionary<string, int[]>> EncodeAsync(IEnumerable<string> peers, string text, string? folder, CancellationToken cancellation)
    {
        var request = new JsonObject
        {
            ["peers"] = new JsonArray([.. peers.Select(peer => (JsonNode)peer)]),
            ["text"] = Convert.ToBase64String(MemoryMarshal.AsBytes(text.AsSpan())),
            ["folder"] = folder,
        };
        var answer = await _node.AskAsync(request, cancellation);
        return answer.ToDictionary(peer => peer.Key, peer => MemoryMarshal.Cast<byte, int>(Convert.FromBase64String(peer.Value!.GetValue<string>())).ToArray());
    }

    /// <summary>Fails with the first difference if a peer gives other ids for the text.</summary>
    public async Task AssertSameIds(BpeTokenizer tokenizer, string name, string text, IEnumerable<string> peers, string? folder)
    {
        var ours = tokenizer.Encode(text);
        foreach (var (peer, theirs) in await EncodeAsync(peers, text, folder, TestContext.Current.CancellationToken))
        {
            var common = ours.Zip(theirs).TakeWhile(pair => pair.First == pair.Second).Count();
            Assert.True(
                common == ours.Count && common == theirs.Length,
                $"{name}: {peer} differs after {common} ids: ours {string.Join(' ', ours.Skip(common).Take(8))}, theirs {string.Join(' ', theirs.Skip(common).Take(8))}");
        }
    }

    public ValueTask DisposeAsync() => _node.DisposeAsync();
}
