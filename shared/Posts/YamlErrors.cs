using YamlDotNet.Core;

namespace Pipeline.Posts;

/// <summary>What a YAML error says, without the position that the exception's text repeats.</summary>
internal static class YamlErrors
{
    public static string Describe(YamlException exception)
    {
        var text = exception.Message;
        // "(Line: 1, Col: 2, Idx: 1) - (Line: 1, Col: 3, Idx: 2): what is wrong"
        if (text.StartsWith("(Line:", StringComparison.Ordinal) && text.IndexOf("): ", StringComparison.Ordinal) is > 0 and var end)
        {
            text = text[(end + 3)..];
        }

        text = text.ReplaceLineEndings(" ").TrimEnd('.', ' ');
        return text.Length > 0 ? char.ToLowerInvariant(text[0]) + text[1..] : "it cannot be read";
    }
}
