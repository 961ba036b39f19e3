using System.Security.Cryptography;

namespace Pipeline.Functions.Sample;

/// <summary>Seeds for callers who name none; each is reported, so that its text can be had again.</summary>
internal static class Seeds
{
    // A JSON number keeps 53 bits in every reader.
    private const int Bits = 53;

    /// <summary>Draws a seed.</summary>
    public static ulong Draw() => BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))) >> (64 - Bits);
}
