using System.Net;

namespace Pipeline.Functions.Local;

/// <summary>A caller's body as it is passed on. What goes wrong in reading it is told apart from what goes wrong in passing it on.</summary>
/// <param name="request">The caller's request.</param>
internal sealed class RequestContent(HttpRequest request) : HttpContent
{
    private const int Piece = 16 * 1024;

    /// <inheritdoc />
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    /// <inheritdoc />
    /// <exception cref="BadHttpRequestException">The caller's body is not what its headers say.</exception>
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        var buffer = new byte[Piece];
        for (int read; (read = await ReadAsync(buffer, cancellationToken)) > 0;)
        {
            await stream.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
        }
    }

    /// <inheritdoc />
    protected override bool TryComputeLength(out long length)
    {
        length = request.ContentLength ?? 0;
        return request.ContentLength is not null;
    }

    private async Task<int> ReadAsync(byte[] buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await request.Body.ReadAsync(buffer, cancellationToken);
        }
        catch (IOException exception) when (exception is not BadHttpRequestException)
        {
            // The server's word for a chunk that is longer than any number.
            throw new BadHttpRequestException(exception.Message, exception);
        }
    }
}
