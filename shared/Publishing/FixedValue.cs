using YamlDotNet.Core;

namespace Pipeline.Publishing;

/// <summary>A value that all posts share, as it is written.</summary>
/// <param name="Text">The scalar's text.</param>
/// <param name="Style">Its quotes, which decide whether <c>true</c> is a boolean.</param>
public sealed record FixedValue(string Text, ScalarStyle Style);
