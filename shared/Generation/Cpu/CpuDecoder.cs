using System.Runtime.Intrinsics.X86;

namespace Pipeline.Generation.Cpu;

/// <summary>A quantised serving file on processors with AVX2: its weights, the threads that multiply with them, and the pass itself.</summary>
internal sealed class CpuDecoder : IDisposable
{
    private readonly CpuModel _model;
    private readonly WorkerTeam _team;

    private CpuDecoder(CpuModel model, LanguageModelOptions options)
    {
        _model = model;
        _team = new(Math.Clamp(options.Threads == 0 ? Environment.ProcessorCount : options.Threads, 1, model.Shape.Heads), options.Spinning);
        Forward = PanelKernel.IsSupported ? new CpuForward<Avx512Product>(model, _team)
            : AvxVnni.IsSupported ? new CpuForward<VnniProduct>(model, _team)
            : new CpuForward<Avx2Product>(model, _team);
    }

    public ModelShape Shape => _model.Shape;

    public int HeadSize => _model.HeadSize;

    public long BytesPerToken => _model.BytesPerToken;

    public ICpuForward Forward { get; }

    /// <summary>Opens a file if this processor and the file fit, else gives null.</summary>
    /// <exception cref="ModelException">The file fits, but a tensor is missing or has another size.</exception>
    public static CpuDecoder? TryOpen(string path, OnnxFile file, DecoderMetadata metadata, LanguageModelOptions options) =>
        CpuModel.Supports(file, metadata) ? new(CpuModel.Open(path, file, metadata), options) : null;

    /// <inheritdoc />
    public void Dispose()
    {
        _team.Dispose();
        Forward.Dispose();
        _model.Dispose();
    }
}
