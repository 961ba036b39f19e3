using System.Threading.Channels;

namespace Pipeline.Generation.Batching;

/// <summary>A request in the batch: where its tokens go, and how many of its texts are still to be finished.</summary>
/// <param name="tokens">Takes tokens without end.</param>
/// <param name="texts">Samples of the request.</param>
/// <param name="left">Says that nobody reads any more.</param>
internal sealed class PendingRequest(ChannelWriter<GeneratedToken> tokens, int texts, CancellationToken left)
{
    private int _texts = texts;
    private bool _failed;

    /// <summary>Whether its texts should leave the batch.</summary>
    public bool Left => _failed || left.IsCancellationRequested;

    /// <summary>Hands a token to the reader.</summary>
    public void Write(GeneratedToken token) => tokens.TryWrite(token);

    /// <summary>One more of its texts is out of the batch; the last ends the stream.</summary>
    public void Done()
    {
        if (--_texts == 0)
        {
            tokens.TryComplete();
        }
    }

    /// <summary>Ends the stream with an error.</summary>
    public void Fail(Exception failure)
    {
        _failed = true;
        tokens.TryComplete(failure);
    }
}
