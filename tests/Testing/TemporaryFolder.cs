namespace Pipeline.Testing;

/// <summary>A folder for one test, gone when the test is.</summary>
public sealed class TemporaryFolder : IDisposable
{
    /// <summary>Its full path.</summary>
    public string FullName { get; } = Directory.CreateTempSubdirectory("pipeline-test-").FullName;

    /// <summary>A path below it; nothing is created.</summary>
    public string Sub(params ReadOnlySpan<string> parts) => Path.Combine([FullName, .. parts]);

    /// <inheritdoc />
    public void Dispose() => Directory.Delete(FullName, recursive: true);
}
