using System.Text.RegularExpressions;

namespace Pipeline.Functions.Hosting;

/// <summary>Takes keys out of texts that leave the process: function keys, signatures, account keys, tokens.</summary>
internal static partial class Redactor
{
    private const string Instead = "***";

    /// <summary>The text without what looks like a key.</summary>
    public static string Clean(string text) =>
        PrivateKey().Replace(GitHubToken().Replace(Bearer().Replace(Named().Replace(text, "$1" + Instead), "$1" + Instead), Instead), Instead);

    // A name that announces a key, then '=', ':' or a JSON colon, then the key.
    [GeneratedRegex(
        """(?<![\w-])((?:code|sig|x-functions-key|AccountKey|SharedAccessKey|SharedAccessSignature|client_secret|password|access_token|api[-_]?key|secret)["']?\s*[=:]\s*["']?)[^\s&;"',<>]+""",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Named();

    [GeneratedRegex(@"((?:Bearer|SharedKey)\s+)[\w.~+/=:-]{8,}", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Bearer();

    // https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
    [GeneratedRegex(@"\b(?:gh[pousr]_[A-Za-z0-9]{16,}|github_pat_\w{16,})")]
    private static partial Regex GitHubToken();

    [GeneratedRegex("-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)", RegexOptions.Singleline)]
    private static partial Regex PrivateKey();
}
