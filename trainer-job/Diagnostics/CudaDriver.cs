using System.Runtime.InteropServices;
using System.Text;

namespace Pipeline.TrainerJob.Diagnostics;

/// <summary>What NVIDIA's driver says of its devices, asked by its own interface (CUDA Driver API): it is part of the driver, not of a toolkit.</summary>
internal static unsafe class CudaDriver
{
    private const string Library = "libcuda.so.1";
    private const int LongestName = 256;

    /// <summary>The devices, or what keeps them from being used.</summary>
    public static (IReadOnlyList<string> Devices, string? Problem) Look()
    {
        if (!NativeLibrary.TryLoad(Library, out var driver))
        {
            return ([], $"{Library} is not on this machine: install NVIDIA's driver, and in a container give it the device (--gpus all, with the NVIDIA container toolkit)");
        }

        try
        {
            var start = (delegate* unmanaged<uint, int>)NativeLibrary.GetExport(driver, "cuInit");
            var count = (delegate* unmanaged<int*, int>)NativeLibrary.GetExport(driver, "cuDeviceGetCount");
            int devices;
            if (start(0) is not 0 and var failure)
            {
                return ([], $"the driver is there and does not start (error {failure}): no device is given to this machine or container, or the kernel's module is missing");
            }

            return count(&devices) == 0 && devices > 0
                ? ([.. Enumerable.Range(0, devices).Select(number => Describe(driver, number))], null)
                : ([], "the driver is there and knows no device");
        }
        finally
        {
            NativeLibrary.Free(driver);
        }
    }

    /// <summary>Bytes of a device's memory; null if the driver does not say.</summary>
    public static long? Memory(int number)
    {
        if (!NativeLibrary.TryLoad(Library, out var driver))
        {
            return null;
        }

        try
        {
            var start = (delegate* unmanaged<uint, int>)NativeLibrary.GetExport(driver, "cuInit");
            return start(0) == 0 && Open(driver, number) is { } device ? (long)Memory(driver, device) : null;
        }
        finally
        {
            NativeLibrary.Free(driver);
        }
    }

    private static int? Open(nint driver, int number)
    {
        var get = (delegate* unmanaged<int*, int, int>)NativeLibrary.GetExport(driver, "cuDeviceGet");
        int device;
        return get(&device, number) == 0 ? device : null;
    }

    private static nuint Memory(nint driver, int device)
    {
        var memoryOf = (delegate* unmanaged<nuint*, int, int>)NativeLibrary.GetExport(driver, "cuDeviceTotalMem_v2");
        nuint memory = 0;
        memoryOf(&memory, device);
        return memory;
    }

    private static string Describe(nint driver, int number)
    {
        var nameOf = (delegate* unmanaged<byte*, int, int, int>)NativeLibrary.GetExport(driver, "cuDeviceGetName");
        if (Open(driver, number) is not { } device)
        {
            return $"{number}: cannot be opened";
        }

        var name = stackalloc byte[LongestName];
        name[0] = 0;
        nameOf(name, LongestName, device);
        return FormattableString.Invariant($"{number}: {Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name))}, {Memory(driver, device) / 1e9:0.0} GB");
    }
}
