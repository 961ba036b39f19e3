using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Pipeline.Functions.Serving;

/// <summary>Names a generated text, so that feedback can speak of it: the same request to the same version has the same name.</summary>
internal static class Puid
{
    private const int Digits = 32;

    /// <summary>The name.</summary>
    public static string Of(string version, ulong seed, params ReadOnlySpan<string> parts)
    {
        var text = new StringBuilder(version).Append('\n').Append(seed.ToString(CultureInfo.InvariantCulture));
        foreach (var part in parts)
        {
            text.Append('\n').Append(part.Length).Append(':').Append(part);
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..Digits];
    }
}
