namespace Pipeline.Posts.Text;

/// <summary>What becomes of TeX between <c>$$</c>, <c>\\(</c> or <c>\\[</c> and its end.</summary>
public enum MathText
{
    /// <summary>TeX stays as written, with its delimiters.</summary>
    Keep,

    /// <summary>TeX vanishes with its delimiters.</summary>
    Drop,
}
