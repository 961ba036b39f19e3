namespace Pipeline.TrainerJob.Graphs.Kernels;

/// <summary>The tensors and the threads of one run of a kernel; valid only while it runs.</summary>
internal readonly unsafe struct KernelContext(void* context, IReadOnlyList<long[]> outputShapes)
{
    private readonly void* _context = context;

    /// <summary>The numbers of an input.</summary>
    public float* Numbers(int input) => (float*)OrtFunctions.Input(_context, input);

    /// <summary>The indices of an input.</summary>
    public long* Indices(int input) => (long*)OrtFunctions.Input(_context, input);

    /// <summary>The memory of an output; to be asked for once.</summary>
    public float* Output(int output) => (float*)OrtFunctions.Output(_context, output, outputShapes[output]);

    /// <summary>Calls <paramref name="work"/> once for each number below <paramref name="count"/>, on the session's threads.</summary>
    public void ForEach(int count, Action<int> work) => OrtFunctions.ParallelFor(_context, count, work);
}
