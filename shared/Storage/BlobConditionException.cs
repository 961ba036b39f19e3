namespace Pipeline.Storage;

/// <summary>A write or delete was refused because somebody else was there first.</summary>
public sealed class BlobConditionException(BlobName name, Exception? inner = null)
    : IOException($"The blob {name} was changed by somebody else; read it again and repeat.", inner)
{
    /// <summary>The blob in question.</summary>
    public BlobName Name { get; } = name;
}
