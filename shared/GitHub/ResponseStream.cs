using Pipeline.Storage;

namespace Pipeline.GitHub;

/// <summary>The body of an answer, which is let go with it. A server that falls silent in the middle is not waited for for ever.</summary>
internal sealed class ResponseStream(HttpResponseMessage response, Stream inner, TimeSpan longestSilence) : ForwardStream
{
    public override int Read(Span<byte> buffer) => inner.Read(buffer);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(longestSilence);
        try
        {
            return await inner.ReadAsync(buffer, limit.Token);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"The download stood still for {longestSilence.TotalSeconds:0.#} s.", exception);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
            response.Dispose();
        }

        base.Dispose(disposing);
    }
}
