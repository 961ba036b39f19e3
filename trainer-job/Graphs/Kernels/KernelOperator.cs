using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Pipeline.TrainerJob.Graphs.Kernels;

/// <summary>A kernel in the form of the C interface's <c>OrtCustomOp</c>: a table of functions that describe and run it.</summary>
internal sealed unsafe class KernelOperator : IDisposable
{
    private readonly GCHandle _self;
    private readonly Extended* _extended;
    private readonly Kernel _kernel;
    private readonly ElementType[] _inputs;
    private readonly long[][] _outputs;
    private readonly nint _name;

    public KernelOperator(GraphNode node)
    {
        _kernel = node.Kernel!;
        _inputs = [.. node.Inputs.Select(input => input.Type)];
        _outputs = [.. _kernel.Outputs.Select(shape => shape.ToInt64())];
        _name = Marshal.StringToCoTaskMemUTF8(node.Operator);
        _self = GCHandle.Alloc(this);
        _extended = (Extended*)NativeMemory.AllocZeroed((nuint)sizeof(Extended));
        _extended->Self = GCHandle.ToIntPtr(_self);
        _extended->Description = Describe(_kernel.InPlaceInput);
    }

    /// <summary>The table, at an address that does not change.</summary>
    public void* Description => _extended;

    public void Dispose()
    {
        NativeMemory.Free(_extended);
        Marshal.FreeCoTaskMem(_name);
        _self.Free();
    }

    private static CustomOperator Describe(int? inPlaceInput) => new()
    {
        Version = OrtFunctions.Version,
        GetName = &GetName,
        GetProvider = &GetProvider,
        GetInputType = &GetInputType,
        GetInputCount = &GetInputCount,
        GetOutputType = &GetOutputType,
        GetOutputCount = &GetOutputCount,
        Destroy = &Destroy,
        GetInputCharacteristic = &Zero,
        GetOutputCharacteristic = &Zero,
        GetInputMemoryType = &Zero,
        GetVariadicInputMinimum = &One,
        GetVariadicInputHomogeneity = &One,
        GetVariadicOutputMinimum = &One,
        GetVariadicOutputHomogeneity = &One,
        Create = &Create,
        Compute = &Compute,
        GetStartVersion = &One,
        GetEndVersion = &GetEndVersion,
        GetInPlace = inPlaceInput switch
        {
            null => null,
            0 => &GetFirstInPlace,
            1 => &GetSecondInPlace,
            _ => throw new NotSupportedException("Only the first two inputs can be worked on in place."),
        },
        ReleaseInPlace = &ReleaseInPlace,
    };

    private static KernelOperator Of(CustomOperator* description) =>
        Unsafe.As<KernelOperator>(GCHandle.FromIntPtr(((Extended*)description)->Self).Target!);

    [UnmanagedCallersOnly]
    private static byte* GetName(CustomOperator* op) => (byte*)Of(op)._name;

    [UnmanagedCallersOnly]
    private static byte* GetProvider(CustomOperator* op) => null;

    [UnmanagedCallersOnly]
    private static int GetInputType(CustomOperator* op, nuint index) => (int)Of(op)._inputs[index];

    [UnmanagedCallersOnly]
    private static nuint GetInputCount(CustomOperator* op) => (nuint)Of(op)._inputs.Length;

    [UnmanagedCallersOnly]
    private static int GetOutputType(CustomOperator* op, nuint index) => (int)ElementType.Number;

    [UnmanagedCallersOnly]
    private static nuint GetOutputCount(CustomOperator* op) => (nuint)Of(op)._outputs.Length;

    [UnmanagedCallersOnly]
    private static int Zero(CustomOperator* op, nuint index) => 0;

    [UnmanagedCallersOnly]
    private static int One(CustomOperator* op) => 1;

    [UnmanagedCallersOnly]
    private static int GetEndVersion(CustomOperator* op) => int.MaxValue;

    [UnmanagedCallersOnly]
    private static void* Create(CustomOperator* op, void* api, void* information, void** kernel)
    {
        *kernel = op;
        return null;
    }

    [UnmanagedCallersOnly]
    private static void Destroy(void* kernel)
    {
    }

    [UnmanagedCallersOnly]
    private static void* Compute(void* kernel, void* context)
    {
        try
        {
            var self = Of((CustomOperator*)kernel);
            self._kernel.Compute(new KernelContext(context, self._outputs));
            return null;
        }
        catch (Exception exception)
        {
            return OrtFunctions.Failure(exception.Message);
        }
    }

    [UnmanagedCallersOnly]
    private static nuint GetFirstInPlace(int** inputs, int** outputs) => InPlace(0, inputs, outputs);

    [UnmanagedCallersOnly]
    private static nuint GetSecondInPlace(int** inputs, int** outputs) => InPlace(1, inputs, outputs);

    private static nuint InPlace(int input, int** inputs, int** outputs)
    {
        *inputs = (int*)NativeMemory.Alloc(sizeof(int));
        *outputs = (int*)NativeMemory.Alloc(sizeof(int));
        **inputs = input;
        **outputs = 0;
        return 1;
    }

    [UnmanagedCallersOnly]
    private static void ReleaseInPlace(int* inputs, int* outputs)
    {
        NativeMemory.Free(inputs);
        NativeMemory.Free(outputs);
    }

    /// <summary>The table, followed by the way back to the object.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Extended
    {
        public CustomOperator Description;
        public nint Self;
    }

    /// <summary>As <c>OrtCustomOp</c> in onnxruntime_c_api.h has it, in this order.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct CustomOperator
    {
        public uint Version;
        public nint CreateWithoutStatus;
        public delegate* unmanaged<CustomOperator*, byte*> GetName;
        public delegate* unmanaged<CustomOperator*, byte*> GetProvider;
        public delegate* unmanaged<CustomOperator*, nuint, int> GetInputType;
        public delegate* unmanaged<CustomOperator*, nuint> GetInputCount;
        public delegate* unmanaged<CustomOperator*, nuint, int> GetOutputType;
        public delegate* unmanaged<CustomOperator*, nuint> GetOutputCount;
        public nint ComputeWithoutStatus;
        public delegate* unmanaged<void*, void> Destroy;
        public delegate* unmanaged<CustomOperator*, nuint, int> GetInputCharacteristic;
        public delegate* unmanaged<CustomOperator*, nuint, int> GetOutputCharacteristic;
        public delegate* unmanaged<CustomOperator*, nuint, int> GetInputMemoryType;
        public delegate* unmanaged<CustomOperator*, int> GetVariadicInputMinimum;
        public delegate* unmanaged<CustomOperator*, int> GetVariadicInputHomogeneity;
        public delegate* unmanaged<CustomOperator*, int> GetVariadicOutputMinimum;
        public delegate* unmanaged<CustomOperator*, int> GetVariadicOutputHomogeneity;
        public delegate* unmanaged<CustomOperator*, void*, void*, void**, void*> Create;
        public delegate* unmanaged<void*, void*, void*> Compute;
        public nint InferShape;
        public delegate* unmanaged<CustomOperator*, int> GetStartVersion;
        public delegate* unmanaged<CustomOperator*, int> GetEndVersion;
        public delegate* unmanaged<int**, int**, nuint> GetInPlace;
        public delegate* unmanaged<int*, int*, void> ReleaseInPlace;
        public nint GetAlias;
        public nint ReleaseAlias;
    }
}
