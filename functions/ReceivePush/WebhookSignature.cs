using System.Security.Cryptography;
using System.Text;

namespace Pipeline.Functions.ReceivePush;

/// <summary>GitHub's signature of a webhook: <c>sha256=</c> and the HMAC of the raw body (https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries).</summary>
internal static class WebhookSignature
{
    private const string Prefix = "sha256=";

    /// <summary>Whether a header is the body's signature under one of the secrets. Every secret is tried, and each comparison takes the same time.</summary>
    public static bool IsValid(string? header, ReadOnlySpan<byte> body, IEnumerable<string> secrets)
    {
        Span<byte> sent = stackalloc byte[HMACSHA256.HashSizeInBytes];
        var readable = header is not null && header.StartsWith(Prefix, StringComparison.Ordinal) && header.Length == Prefix.Length + (2 * sent.Length)
            && Convert.FromHexString(header.AsSpan(Prefix.Length), sent, out _, out _) == System.Buffers.OperationStatus.Done;
        var valid = false;
        Span<byte> wanted = stackalloc byte[HMACSHA256.HashSizeInBytes];
        foreach (var secret in secrets)
        {
            HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body, wanted);
            valid |= CryptographicOperations.FixedTimeEquals(sent, wanted);
        }

        return readable && valid;
    }
}
