using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Pipeline.Shared.Tests;

/// <summary>One process of node that answers a line of JSON to each line of JSON; started when first asked.</summary>
/// <param name="what">What it runs, for the message when node is missing.</param>
/// <param name="arguments">The script and what it is given.</param>
internal sealed class NodePeer(string what, params string[] arguments) : IAsyncDisposable
{
    private readonly SemaphoreSlim _turn = new(1);
    private Process? _node;

    /// <summary>Its answer to a request; an answer with <c>error</c> is thrown.</summary>
    /// <exception cref="InvalidOperationException">Node is missing or ended, or the script failed.</exception>
    public async Task<JsonObject> AskAsync(JsonObject request, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            _node ??= Start();
            await _node.StandardInput.WriteLineAsync(request.ToJsonString().AsMemory(), cancellationToken);
            await _node.StandardInput.FlushAsync(cancellationToken);
            var line = await _node.StandardOutput.ReadLineAsync(cancellationToken)
                ?? throw new InvalidOperationException("node ended; what it said is in the test's standard error.");
            var answer = JsonNode.Parse(line)!.AsObject();
            return answer["error"] is { } error ? throw new InvalidOperationException(error.GetValue<string>()) : answer;
        }
        finally
        {
            _turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_node is not null)
        {
            _node.StandardInput.Close();
            await _node.WaitForExitAsync();
            _node.Dispose();
        }

        _turn.Dispose();
    }

    private Process Start()
    {
        // Its standard error is ours: nobody would read a pipe, and a full one stops it.
        var start = new ProcessStartInfo("node", arguments) { RedirectStandardInput = true, RedirectStandardOutput = true };
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception exception)
        {
            throw new InvalidOperationException($"The tests compare with {what} from npm and need node 20 or newer on the PATH.", exception);
        }
    }
}
