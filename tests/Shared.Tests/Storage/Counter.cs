using System.Globalization;
using System.Text;
using Pipeline.Storage;

namespace Pipeline.Shared.Tests.Storage;

/// <summary>A number in a blob, raised by compare-and-swap.</summary>
internal static class Counter
{
    public static async Task<int> ReadAsync(IBlobStore store, BlobName name, CancellationToken cancellationToken) =>
        await store.ReadAsync(name, cancellationToken) is var (bytes, _) ? Number(bytes) : 0;

    public static async Task IncrementAsync(IBlobStore store, BlobName name, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await store.ReadAsync(name, cancellationToken);
            var condition = read is var (_, entry) ? BlobCondition.Matches(entry.ETag) : BlobCondition.Absent;
            var next = (read is var (bytes, _) ? Number(bytes) : 0) + 1;
            try
            {
                await store.WriteAsync(name, Encoding.ASCII.GetBytes(next.ToString(CultureInfo.InvariantCulture)), condition, cancellationToken);
                return;
            }
            catch (BlobConditionException)
            {
                await Task.Yield();
            }
        }
    }

    private static int Number(byte[] bytes) => int.Parse(bytes, CultureInfo.InvariantCulture);
}
