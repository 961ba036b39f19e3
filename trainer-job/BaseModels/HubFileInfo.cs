using System.Globalization;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;

namespace Pipeline.TrainerJob.BaseModels;

/// <summary>
/// What the hub says of a file before it sends it. A large file is answered by a redirect with <c>X-Linked-Size</c> and
/// <c>X-Linked-ETag</c>, its SHA-256; a small one directly, with the name that git gives its content as ETag
/// (https://huggingface.co/docs/huggingface_hub/package_reference/file_download).
/// </summary>
/// <param name="Length">Bytes, or null if they are not told.</param>
/// <param name="Sha256">SHA-256, or null.</param>
/// <param name="GitBlob">SHA-1 of git's blob object, or null.</param>
internal sealed partial record HubFileInfo(long? Length, string? Sha256, string? GitBlob)
{
    /// <summary>Tells contents apart: what a half-loaded file is continued by. Null if nothing tells.</summary>
    public string? ContentKey => (Sha256 ?? GitBlob)?[..16];

    /// <summary>Reads the first answer's headers.</summary>
    public static HubFileInfo Of(HttpResponseMessage response)
    {
        var tag = (Header(response.Headers, "X-Linked-ETag") ?? Header(response.Headers, "ETag") ?? "").Replace("W/", "", StringComparison.Ordinal).Trim('"').ToLowerInvariant();
        var redirected = (int)response.StatusCode is >= 300 and < 400;
        return new HubFileInfo(
            long.TryParse(Header(response.Headers, "X-Linked-Size"), NumberStyles.None, CultureInfo.InvariantCulture, out var linked)
                ? linked
                : redirected ? null : response.Content.Headers.ContentRange?.Length ?? response.Content.Headers.ContentLength,
            Sha256Form().IsMatch(tag) ? tag : null,
            Sha1Form().IsMatch(tag) ? tag : null);
    }

    private static string? Header(HttpResponseHeaders headers, string name) => headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;

    [GeneratedRegex("^[0-9a-f]{64}$", RegexOptions.CultureInvariant)]
    private static partial Regex Sha256Form();

    [GeneratedRegex("^[0-9a-f]{40}$", RegexOptions.CultureInvariant)]
    private static partial Regex Sha1Form();
}
