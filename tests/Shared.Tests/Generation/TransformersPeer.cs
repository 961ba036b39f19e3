using System.Text.Json.Nodes;
using Pipeline.Testing;

[assembly: AssemblyFixture(typeof(Pipeline.Shared.Tests.Generation.TransformersPeer))]

namespace Pipeline.Shared.Tests.Generation;

/// <summary>Transformers.js with onnxruntime-node, in one process of node for all tests that ask for it.</summary>
public sealed class TransformersPeer : IAsyncDisposable
{
    private readonly NodePeer _node = new("Transformers.js", Path.Combine(ProjectFolders.Root, "tests", "Shared.Tests", "Generation", "transformers-peer.mjs"));

    /// <summary>Greedy texts after prompts, as tokens.</summary>
    public async Task<int[][]> GreedyAsync(string folder, string dtype, IReadOnlyList<string> prompts, int tokens, bool together)
    {
        var answer = await AskAsync(new()
        {
            ["kind"] = "generate",
            ["folder"] = folder,
            ["dtype"] = dtype,
            ["prompts"] = new JsonArray([.. prompts.Select(prompt => (JsonNode)prompt)]),
            ["tokens"] = tokens,
            ["together"] = together,
        });
        return [.. answer["texts"]!.AsArray().Select(text => text!.AsArray().GetValues<int>().ToArray())];
    }

    /// <summary>Logits after the last of some tokens.</summary>
    public async Task<float[]> LogitsAsync(string folder, string dtype, IEnumerable<int> ids)
    {
        var answer = await AskAsync(new() { ["kind"] = "logits", ["folder"] = folder, ["dtype"] = dtype, ["ids"] = Array(ids) });
        return [.. answer["logits"]!.AsArray().GetValues<float>()];
    }

    /// <summary>What one of the library's logits processors makes of logits.</summary>
    public async Task<float[]> ProcessAsync(string processor, JsonArray arguments, IEnumerable<int> ids, IEnumerable<float> logits)
    {
        var answer = await AskAsync(new()
        {
            ["kind"] = "process",
            ["processor"] = processor,
            ["arguments"] = arguments,
            ["ids"] = Array(ids),
            ["logits"] = new JsonArray([.. logits.Select(logit => float.IsNegativeInfinity(logit) ? null : (JsonNode)logit)]),
        });
        return [.. answer["logits"]!.AsArray().Select(logit => logit?.GetValue<float>() ?? float.NegativeInfinity)];
    }

    public static JsonArray Array(IEnumerable<int> values) => new([.. values.Select(value => (JsonNode)value)]);

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    private Task<JsonObject> AskAsync(JsonObject request) => _node.AskAsync(request, TestContext.Current.CancellationToken);
}
