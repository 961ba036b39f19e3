using Pipeline.Shared.Tests.Storage;
using Pipeline.Testing;

[assembly: AssemblyFixture(typeof(AzuriteFixture))]

namespace Pipeline.Shared.Tests.Storage;

/// <summary>One emulator for the tests that ask for it, started by the first of them.</summary>
public sealed class AzuriteFixture : IAsyncDisposable
{
    private readonly SemaphoreSlim _gate = new(1);
    private Azurite? _azurite;

    public async Task<Azurite> StartedAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            return _azurite ??= await Azurite.StartAsync(cancellationToken);
        }
        finally
        {
            _gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _gate.Dispose();
        if (_azurite is not null)
        {
            await _azurite.DisposeAsync();
        }
    }
}
