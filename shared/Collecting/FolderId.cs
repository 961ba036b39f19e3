using System.Security.Cryptography;
using System.Text;

namespace Pipeline.Collecting;

/// <summary>Sets the files of one folder apart from those of another with the same names.</summary>
internal static class FolderId
{
    private const int Digits = 8;

    /// <summary>Hexadecimal digits that follow from the folder's name.</summary>
    public static string Of(string name) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..Digits];
}
