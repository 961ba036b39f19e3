namespace Pipeline.Posts.Text;

/// <summary>What becomes of code blocks; code within a line always stays.</summary>
public enum CodeText
{
    /// <summary>The code stays, with its indentation, without fences and language.</summary>
    Keep,

    /// <summary>The block vanishes.</summary>
    Strip,

    /// <summary>The block becomes the one line <see cref="PostText.CodePlaceholder"/>.</summary>
    Placeholder,
}
