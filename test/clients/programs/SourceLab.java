import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.sourcelab.kafka.connect.apiclient.Configuration;
import org.sourcelab.kafka.connect.apiclient.KafkaConnectClient;
import org.sourcelab.kafka.connect.apiclient.request.dto.ConnectorPlugin;
import org.sourcelab.kafka.connect.apiclient.request.dto.ConnectorPluginConfigDefinition;
import org.sourcelab.kafka.connect.apiclient.request.dto.ConnectorPluginConfigValidationResults;
import org.sourcelab.kafka.connect.apiclient.request.dto.ConnectorStatus;
import org.sourcelab.kafka.connect.apiclient.request.dto.NewConnectorDefinition;
import org.sourcelab.kafka.connect.apiclient.request.post.PostConnectorRestart;
import org.sourcelab.kafka.connect.apiclient.rest.exceptions.InvalidRequestException;

/** The life of a connector through org.sourcelab:kafka-connect-client, which AKHQ is built on. Prints what it was told. */
public class SourceLab {
    static final String FILE_SOURCE = "org.apache.kafka.connect.file.FileStreamSourceConnector";

    final KafkaConnectClient client;
    final String name;
    final Map<String, String> config;

    SourceLab(String url, String name, String file) {
        client = new KafkaConnectClient(new Configuration(url));
        this.name = name;
        config = Map.of("connector.class", FILE_SOURCE, "tasks.max", "1", "file", file, "topic", name);
    }

    public static void main(String[] args) throws Exception {
        SourceLab life = new SourceLab(args[0], args[1], args[2]);
        life.look();
        life.create();
        life.steer();
        life.change();
        life.end();
        // Its pool of connections would keep the process for a minute.
        System.exit(0);
    }

    void look() {
        say("version", client.getConnectServerVersion().getVersion().matches("\\d+\\.\\d+\\.\\d+"));
        say("plugin", client.getConnectorPlugins().stream().filter(p -> p.getClassName().equals(FILE_SOURCE)).map(ConnectorPlugin::getType).toList());
        ConnectorPluginConfigValidationResults wrong = client.validateConnectorPluginConfig(new ConnectorPluginConfigDefinition(FILE_SOURCE, with("tasks.max", "0")));
        say("errors", wrong.getErrorCount());
        say("groups", wrong.getGroups());
        say("wrong", wrong.getConfigs().stream().flatMap(c -> c.getValue().getErrors().stream()).toList());
    }

    void create() throws Exception {
        NewConnectorDefinition definition = new NewConnectorDefinition(name, config);
        say("created", new TreeSet<>(client.addConnector(definition).getConfig().keySet()));
        say("again", refused(() -> client.addConnector(definition)));
        until("RUNNING RUNNING");
        say("listed", client.getConnectors().contains(name));
        say("expanded", client.getConnectorsWithAllExpandedMetadata().getStatusForConnector(name).getType());
        say("task", client.getConnectorTasks(name).iterator().next().getConfig().get("task.class"));
        say("task status", client.getConnectorTaskStatus(name, 0).getState());
    }

    void steer() throws Exception {
        say("paused", client.pauseConnector(name));
        until("PAUSED PAUSED");
        say("resumed", client.resumeConnector(name));
        until("RUNNING RUNNING");
        say("restarted", client.restartConnector(name));
        say("restarted with tasks", client.restartConnector(new PostConnectorRestart(name).withIncludeTasks(true).withOnlyFailed(false)));
        until("RUNNING RUNNING");
        say("restarted task", client.restartConnectorTask(name, 0));
        until("RUNNING RUNNING");
    }

    void change() {
        say("updated", client.updateConnectorConfig(name, with("batch.size", "10")).getConfig().get("batch.size"));
        say("config", client.getConnectorConfig(name).get("batch.size"));
        say("refused", refused(() -> client.updateConnectorConfig(name, with("tasks.max", "dog"))));
        say("topics of", client.getConnectorTopics(name).getName().equals(name));
        say("topics reset", client.resetConnectorTopics(name));
    }

    void end() {
        say("deleted", client.deleteConnector(name));
        say("absent", refused(() -> client.getConnector(name)));
    }

    Map<String, String> with(String key, String value) {
        Map<String, String> changed = new HashMap<>(config);
        changed.put("name", name);
        changed.put(key, value);
        return changed;
    }

    void until(String wanted) throws Exception {
        long deadline = System.nanoTime() + 30_000_000_000L;
        // A restart is under way only a moment after it was accepted.
        for (int row = 0; row < 3 && System.nanoTime() < deadline; row = states().equals(wanted) ? row + 1 : 0) Thread.sleep(100);
        say("states", states());
    }

    String states() {
        try {
            ConnectorStatus status = client.getConnectorStatus(name);
            List<String> tasks = status.getTasks().stream().map(ConnectorStatus.TaskStatus::getState).toList();
            return status.getConnector().get("state") + tasks.stream().map(state -> " " + state).collect(Collectors.joining());
        } catch (InvalidRequestException notYet) {
            return String.valueOf(notYet.getErrorCode());
        }
    }

    static String refused(Runnable call) {
        try {
            call.run();
            return "not";
        } catch (RuntimeException refusal) {
            int code = refusal instanceof InvalidRequestException invalid ? invalid.getErrorCode() : 0;
            return refusal.getClass().getSimpleName() + " " + code;
        }
    }

    static void say(String what, Object answer) {
        System.out.println(what + ": " + answer);
    }
}
