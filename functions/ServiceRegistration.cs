using Azure.Identity;
using Pipeline.Costs;
using Pipeline.Deployment;
using Pipeline.Feedback;
using Pipeline.Functions.CancelTraining;
using Pipeline.Functions.CheckOriginality;
using Pipeline.Functions.ConvertPost;
using Pipeline.Functions.Costs;
using Pipeline.Functions.DecideDeployment;
using Pipeline.Functions.Deploying;
using Pipeline.Functions.Diagnostics;
using Pipeline.Functions.FireSensor;
using Pipeline.Functions.GitHub;
using Pipeline.Functions.HandleGitHubEvent;
using Pipeline.Functions.Health;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Overview;
using Pipeline.Functions.Page;
using Pipeline.Functions.PageFile;
using Pipeline.Functions.PollBlog;
using Pipeline.Functions.Predict;
using Pipeline.Functions.PublishNow;
using Pipeline.Functions.PublishPost;
using Pipeline.Functions.ReadCorpus;
using Pipeline.Functions.ReadModels;
using Pipeline.Functions.ReadOpenApi;
using Pipeline.Functions.ReadPosts;
using Pipeline.Functions.ReadRuns;
using Pipeline.Functions.ReadStatus;
using Pipeline.Functions.ReadVocabulary;
using Pipeline.Functions.ReceivePush;
using Pipeline.Functions.Rollback;
using Pipeline.Functions.Route;
using Pipeline.Functions.Sample;
using Pipeline.Functions.SendFeedback;
using Pipeline.Functions.Serving;
using Pipeline.Functions.ShareTraffic;
using Pipeline.Functions.SignIn;
using Pipeline.Functions.StartTraining;
using Pipeline.Functions.Training;
using Pipeline.Functions.TrainNow;
using Pipeline.Functions.WatchDeployment;
using Pipeline.Generation.Batching;
using Pipeline.Publishing;
using Pipeline.Registry;
using Pipeline.Storage;

namespace Pipeline.Functions;

/// <summary>Everything that the app is made of.</summary>
internal static class ServiceRegistration
{
    // Requests that may wait for each text that is being made: about a minute's worth.
    private const int WaitingAPlace = 2;

    /// <summary>Adds the app's services and one class for each declared function.</summary>
    public static IServiceCollection AddPipeline(this IServiceCollection services, PipelineSettings settings) => services
        .AddSingleton(settings)
        .AddSingleton(TimeProvider.System)
        .AddSingleton<IBlobStore>(new TracedBlobStore(BlobStores.Open(settings.Store)))
        .AddSingleton<DocumentStore>()
        .AddSingleton<SiteConfigSource>()
        .AddSingleton<ModelStore>()
        .AddSingleton<RoutingStore>()
        .AddSingleton<FeedbackStore>()
        .AddSingleton<IDeploymentExaminer, HeldOutExaminer>()
        .AddSingleton(new DeploymentPolicy(
            settings.Rollout switch { "canary" => settings.CanaryWeight, "shadow" => 0, _ => null },
            OnlyBest: settings.Rollout == "best"))
        .AddSingleton<DeploymentDecider>()
        .AddSingleton(provider => new ModelCache(provider.GetRequiredService<IBlobStore>(), settings.ModelCache))
        .AddSingleton<ServingModels>()
        .AddHostedService<StartupDoctor>()
        .AddSingleton<SampleMeter>()
        .AddHostedService<SampleMeterSaver>()
        .AddSingleton(provider => new MonthlyCap(
            provider.GetRequiredService<IBlobStore>(), provider.GetRequiredService<SampleMeter>(), settings.Prices, settings.MonthlyCap, provider.GetRequiredService<TimeProvider>()))
        .AddSingleton(provider => new GenerationQueue(
            provider.GetRequiredService<TimeProvider>(), BatchScheduler.UsualRows, WaitingAPlace * BatchScheduler.UsualRows, provider.GetRequiredService<SampleMeter>()))
        .AddSingleton<ShadowRunner>()
        .AddHostedService(provider => provider.GetRequiredService<ShadowRunner>())
        .AddSingleton<ChildProcessTrainer>()
        .AddSingleton<ContainerAppsTrainer>()
        .AddSingleton(_ => new ContainerAppsJob(settings.TrainerJobResource ?? "", new DefaultAzureCredential(), new ContainerAppsOptions()))
        .AddSingleton<ITrainingLauncher>(provider => new CappedTrainer(
            settings.Trainer == "container-apps" ? provider.GetRequiredService<ContainerAppsTrainer>() : provider.GetRequiredService<LeasedTrainer>(),
            provider.GetRequiredService<MonthlyCap>()))
        .AddSingleton<TrainingLease>()
        .AddSingleton<TrainingCancellation>()
        .AddSingleton(provider => new LeasedTrainer(
            provider.GetRequiredService<ChildProcessTrainer>(),
            provider.GetRequiredService<TrainingLease>(),
            provider.GetRequiredService<TrainingCancellation>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<LeasedTrainer>>()))
        .AddSingleton<CorpusWatch>()
        .AddSingleton<DriftMeter>()
        .AddSingleton<ModelRetention>()
        .AddSingleton<FigureSource>()
        .AddSingleton<BlogSource>()
        .AddSingleton<GateSource>()
        .AddSingleton<CandidateWriter>()
        .AddSingleton<DailyPost>()
        .AddSingleton<PostRecords>()
        .AddSingleton<EventMemory>()
        .AddSingleton(provider => new BlogConnection(settings, provider.GetRequiredService<IBlobStore>(), provider.GetRequiredService<TimeProvider>()))
        .AddSingleton<SyncLog>()
        .AddSingleton<PullRequestOutcomes>()
        .AddSingleton<CommentCommands>()
        .AddPage()
        .AddHttp<ReceivePushFunction>("ReceivePush")
        .AddBlob<HandleGitHubEventFunction>("HandleGitHubEvent")
        .AddTimer<PollBlogFunction>("PollBlog")
        .AddBlob<ConvertPostFunction>("ConvertPost")
        .AddBlob<DecideDeploymentFunction>("DecideDeployment")
        .AddTimer<StartTrainingFunction>("StartTraining")
        .AddTimer<PublishPostFunction>("PublishPost")
        .AddTimer<WatchDeploymentFunction>("WatchDeployment")
        .AddSingleton<DeploymentStore>()
        .AddSingleton<SensorActions>()
        .AddSingleton<SensorWatch>()
        .AddHttp<FireSensorFunction>("FireSensor")
        .AddHttp<RouteFunction>("Route")
        .AddHttp<TrainNowFunction>("TrainNow")
        .AddHttp<PublishNowFunction>("PublishNow")
        .AddHttp<SampleFunction>("Sample")
        .AddHttp<PredictFunction>("Predict")
        .AddHttp<SendFeedbackFunction>("SendFeedback")
        .AddHttp<RollbackFunction>("Rollback")
        .AddHttp<HealthFunction>("Health");

    // The page, the JSON behind it, and the actions that it alone needs.
    private static IServiceCollection AddPage(this IServiceCollection services) => services
        .AddSingleton<FailureLog>()
        .AddSingleton<RunReader>()
        .AddSingleton<ModelReader>()
        .AddSingleton<PostReader>()
        .AddSingleton<CorpusReader>()
        .AddSingleton<StatusReader>()
        .AddSingleton<OriginalityReader>()
        .AddSingleton<PageAccess>()
        .AddHttp<PageFunction>("Page")
        .AddHttp<PageFileFunction>("PageFile")
        .AddHttp<SignInFunction>("SignIn")
        .AddHttp<ReadStatusFunction>("ReadStatus")
        .AddHttp<ReadRunsFunction>("ReadRuns")
        .AddHttp<ReadModelsFunction>("ReadModels")
        .AddHttp<ReadPostsFunction>("ReadPosts")
        .AddHttp<ReadCorpusFunction>("ReadCorpus")
        .AddHttp<ReadVocabularyFunction>("ReadVocabulary")
        .AddHttp<ReadOpenApiFunction>("ReadOpenApi")
        .AddHttp<CancelTrainingFunction>("CancelTraining")
        .AddHttp<ShareTrafficFunction>("ShareTraffic")
        .AddHttp<CheckOriginalityFunction>("CheckOriginality");

    private static IServiceCollection AddBlob<T>(this IServiceCollection services, string name)
        where T : class, IBlobFunction => services.AddKeyedSingleton<IBlobFunction, T>(name);

    private static IServiceCollection AddTimer<T>(this IServiceCollection services, string name)
        where T : class, ITimerFunction => services.AddKeyedSingleton<ITimerFunction, T>(name);

    private static IServiceCollection AddHttp<T>(this IServiceCollection services, string name)
        where T : class, IHttpFunction => services.AddKeyedSingleton<IHttpFunction, T>(name);
}
