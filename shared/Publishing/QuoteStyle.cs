namespace Pipeline.Publishing;

/// <summary>How a blog writes texts in its front matter.</summary>
public enum QuoteStyle
{
    /// <summary>Between double quotes.</summary>
    DoubleQuotes,

    /// <summary>Between single quotes.</summary>
    SingleQuotes,

    /// <summary>Without quotes; a text that YAML could read as something else gets double ones all the same.</summary>
    NoQuotes,
}
