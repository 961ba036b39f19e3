using System.Reflection;
using System.Runtime.InteropServices;

namespace Pipeline.Benchmarks.Decode;

/// <summary>
/// The functions of llama.cpp's C API that the comparison needs, as of the pinned release
/// (https://github.com/ggml-org/llama.cpp/blob/master/include/llama.h).
/// </summary>
internal static unsafe partial class LlamaLibrary
{
    private const string Llama = "libllama.v0.5.0.so";
    private const string Ggml = "libggml.v0.5.0.so";

    /// <summary>Looks for the libraries in this folder and loads the backends for this processor from it.</summary>
    public static void Load(string folder)
    {
        NativeLibrary.SetDllImportResolver(Assembly.GetExecutingAssembly(), (name, _, _) =>
            name is Llama or Ggml ? NativeLibrary.Load(Path.Combine(folder, name)) : 0);
        SetLog(&Silent, 0);
        LoadBackends(folder);
        Initialize();
    }

    [UnmanagedCallersOnly]
    private static void Silent(int level, byte* text, nint user)
    {
    }

    [LibraryImport(Ggml, EntryPoint = "ggml_backend_load_all_from_path", StringMarshalling = StringMarshalling.Utf8)]
    private static partial void LoadBackends(string folder);

    [LibraryImport(Llama, EntryPoint = "llama_backend_init")]
    private static partial void Initialize();

    [LibraryImport(Llama, EntryPoint = "llama_log_set")]
    private static partial void SetLog(delegate* unmanaged<int, byte*, nint, void> log, nint user);

    [LibraryImport(Llama, EntryPoint = "llama_model_default_params")]
    internal static partial Parameters DefaultModel();

    [LibraryImport(Llama, EntryPoint = "llama_context_default_params")]
    internal static partial Parameters DefaultContext();

    [LibraryImport(Llama, EntryPoint = "llama_model_load_from_file", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint LoadModel(string path, Parameters parameters);

    [LibraryImport(Llama, EntryPoint = "llama_init_from_model")]
    internal static partial nint CreateContext(nint model, Parameters parameters);

    [LibraryImport(Llama, EntryPoint = "llama_free")]
    internal static partial void FreeContext(nint context);

    [LibraryImport(Llama, EntryPoint = "llama_set_n_threads")]
    internal static partial void SetThreads(nint context, int threads, int batchThreads);

    [LibraryImport(Llama, EntryPoint = "llama_get_memory")]
    internal static partial nint Memory(nint context);

    [LibraryImport(Llama, EntryPoint = "llama_memory_clear")]
    internal static partial void Clear(nint memory, [MarshalAs(UnmanagedType.U1)] bool data);

    [LibraryImport(Llama, EntryPoint = "llama_decode")]
    internal static partial int Decode(nint context, Batch batch);

    [LibraryImport(Llama, EntryPoint = "llama_get_logits_ith")]
    internal static partial float* Logits(nint context, int index);

    /// <summary>
    /// Both parameter structures, passed by value, with room to spare: the callee reads and writes only its own. The context's begin with
    /// its length, the logical and the physical batch, and the number of sequences.
    /// </summary>
    internal struct Parameters
    {
        public fixed uint Words[128];
    }

    internal struct Batch
    {
        public int Count;
        public int* Tokens;
        public float* Embeddings;
        public int* Positions;
        public int* SequenceCounts;
        public int** Sequences;
        public sbyte* WantsLogits;
    }
}
