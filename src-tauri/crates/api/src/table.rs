//! The command table: everything the window may ask, one line each.
//!
//! The dispatcher, the list of names, the right to ask and the TypeScript all come from this one
//! table. A verb names who may ask it: [`Right::Window`] for script in the main window,
//! [`Right::Shell`] for the app's own Rust code and `greenlight-cli serve` only. A folder's path,
//! for one, never comes from script.

/// Who may ask a verb.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// Script in the main window, and everyone above it.
    Window,
    /// The shell around the window, and standard input of `greenlight-cli serve`.
    Shell,
}

/// Calls the macro `$with` with the table.
macro_rules! command_table {
    ($with:ident) => {
        $with! {
            /// What the welcome screen and the frame around a project show.
            "app/state" Window app_state: Nothing => AppState,
            /// Opens a folder.
            "project/open" Shell project_open: ProjectOpen => Project,
            /// Opens a project that was opened before.
            "project/reopen" Window project_reopen: ProjectId => Project,
            /// Opens a fresh copy of the sample project, or the one already there.
            "project/sample" Window project_sample: Nothing => Project,
            /// Keeps the person's answer: work in the open folder, or only look at it.
            "project/trust" Window project_trust: ProjectTrust => Project,
            /// Closes the open project; its tasks stop.
            "project/close" Window project_close: Nothing => Nothing,
            /// Takes a project off the list of recent ones. Its folder is not touched.
            "project/forget" Window project_forget: ProjectId => Nothing,
            /// Everything needed to draw the open project.
            "project/snapshot" Window project_snapshot: Nothing => Snapshot,
            /// Starts a task in the open project.
            "task/start" Window task_start: TaskStart => Task,
            /// Sends a message to a task.
            "task/send" Window task_send: TaskSend => Task,
            /// Stops the running turn at once.
            "task/stop" Window task_stop: TaskId => Task,
            /// Ends the wait before the next try of a request.
            "task/tryNow" Window task_try_now: TaskId => Task,
            /// Goes on with a turn that its provider asked to wait, when that time is over.
            "task/wait" Window task_wait: TaskId => Task,
            /// Continues a turn that was interrupted, stopped or failed.
            "task/continue" Window task_continue: TaskId => Task,
            /// Takes the last turn back and runs its message again.
            "task/retry" Window task_retry: TaskId => Task,
            /// Takes the last turn back and runs it with another message.
            "task/resend" Window task_resend: TaskResend => Task,
            /// Makes the conversation of a task shorter.
            "task/compact" Window task_compact: TaskId => Task,
            /// What goes on of a conversation after a compaction, to the letter.
            "task/kept" Window task_kept: TaskItem => KeptText,
            /// Changes model or permission mode from the next turn on.
            "task/configure" Window task_configure: TaskConfigure => Task,
            /// Gives a task another name.
            "task/rename" Window task_rename: TaskRename => Task,
            /// Puts a task away, or takes it out again.
            "task/archive" Window task_archive: TaskArchive => Task,
            /// Removes a task; it is kept for thirty days.
            "task/remove" Window task_remove: TaskId => Nothing,
            /// The tasks that were removed, the newest removal first.
            "task/removed" Window task_removed: Nothing => RemovedTasks,
            /// Brings a removed task back.
            "task/restore" Window task_restore: TaskId => Task,
            /// Deletes what is kept of a removed task for good.
            "task/delete" Window task_delete: TaskId => Nothing,
            /// Saves a task's conversation as a file, without secrets.
            "task/export" Shell task_export: TaskExport => Exported,
            /// One task with everything said in it.
            "task/get" Window task_get: TaskId => TaskView,
            /// Providers, keys and models, as far as is known without asking the keychain.
            "settings/get" Window settings_get: Nothing => Settings,
            /// Keeps whether the same question may be answered from an earlier answer.
            "settings/answerCache" Window settings_answer_cache: AnswerCache => Settings,
            /// The same after a look into the keychain, which may ask the person to unlock it.
            "settings/look" Window settings_look: Nothing => Settings,
            /// Adds a provider or changes one.
            "provider/put" Window provider_put: ProviderPut => Settings,
            /// Takes a provider and its key away.
            "provider/remove" Window provider_remove: ProviderId => Settings,
            /// Asks this provider from the next turn on.
            "provider/choose" Window provider_choose: ProviderId => Settings,
            /// Looks for servers of models at the usual ports of this computer.
            "provider/nearby" Window provider_nearby: Nothing => Vec<NearbyServer>,
            /// Tries a provider with the smallest real request.
            "provider/check" Window provider_check: ProviderId => ConnectionReport,
            /// Saves a key. No verb gives one back.
            "credential/set" Window credential_set: KeySet => Settings,
            /// Takes a key away.
            "credential/remove" Window credential_remove: ProviderId => Settings,
            /// The models to choose from, with those that the server says it has.
            "model/list" Window model_list: Nothing => ModelList,
            /// What is known of the models of the chosen provider.
            "model/known" Window model_known: Nothing => Vec<ModelEntry>,
            /// Keeps what the person says of a model.
            "model/put" Window model_put: ModelPut => Settings,
            /// Puts a model on the list, with what is known of its name so far.
            "model/describe" Window model_describe: ModelName => Settings,
            /// Forgets what the person said of a model.
            "model/forget" Window model_forget: ModelName => Settings,
            /// Sets the model of new tasks.
            "model/prefer" Window model_prefer: ModelPrefer => Settings,
            /// The rules by which Automatic chooses, in their order.
            "model/rules" Window model_rules: Nothing => Vec<ModelRule>,
            /// Whom the rules would choose for what is typed.
            "model/would" Window model_would: ModelFor => ModelChosen,
            /// The environment that commands are given parts of.
            "environment/get" Window environment_get: Nothing => Environment,
            /// Asks the login shell for it again.
            "environment/read" Window environment_read: Nothing => Environment,
            /// What was spent by the task on screen and today, and what is left.
            "usage/get" Window usage_get: UsageOf => UsageNow,
            /// What was spent in the last thirty days.
            "usage/report" Window usage_report: Nothing => UsageReport,
            /// The budgets.
            "budget/get" Window budget_get: Nothing => Budget,
            /// Sets all budgets.
            "budget/set" Window budget_set: Budget => Budget,
            /// Answers the offer of a cheaper model.
            "budget/answer" Window budget_answer: OfferReply => Task,
            /// Lets a task that waits for a budget go on with its turn.
            "budget/pass" Window budget_pass: TaskId => Task,
            /// Whether the person is told outside of the window what happens to tasks.
            "alert/get" Window alert_get: Nothing => Alerts,
            /// Keeps whether they are.
            "alert/set" Window alert_set: Alerts => Alerts,
            /// Keeps text that was typed and not sent.
            "text/keep" Window text_keep: UnsentText => Nothing,
            /// Answers a question of the agent.
            "approval/answer" Window approval_answer: ApprovalAnswer => Task,
            /// What is always allowed in the open project.
            "approval/always" Window approval_always: Nothing => AlwaysAllowedSet,
            /// Allows something no longer; answers with what is left.
            "approval/forget" Window approval_forget: AlwaysAllowedId => AlwaysAllowedSet,
            /// What folders of the project and a task's draft hold.
            "files/list" Window files_list: FilesList => Vec<Folder>,
            /// Files whose path has the letters that were typed.
            "files/find" Window files_find: FilesFind => FilesFound,
            /// One file's text, from the project or a draft.
            "file/open" Window file_open: FileOpen => FileView,
            /// Keeps text typed into a draft's file and not saved.
            "file/keep" Window file_keep: FileKeep => Nothing,
            /// The files of a task with text that was not saved.
            "file/unsaved" Window file_unsaved: TaskId => Vec<UnsavedFile>,
            /// Saves text into a draft's file, as the person's own change.
            "file/save" Window file_save: FileSave => FileSaved,
            /// A task for the person's own edits when none is on screen.
            "file/edit" Window file_edit: Nothing => Task,
            /// Shows a file of the project in the desktop's file manager.
            "file/reveal" Window file_reveal: FileNamed => Nothing,
            /// Opens a file of the project in the person's own program.
            "file/outside" Window file_outside: FileNamed => OpenedOutside,
            /// What is attached to the message that is being written.
            "attachment/list" Window attachment_list: Writing => Attachments,
            /// Attaches what was dropped, chosen or pasted.
            "attachment/accept" Window attachment_accept: AttachmentAccept => Attachments,
            /// Attaches what was proposed in place of something too large.
            "attachment/take" Window attachment_take: AttachmentTake => Attachments,
            /// What fits of words that are too long for a message.
            "text/fit" Window text_fit: TextFit => TextFitted,
            /// Attaches files by path.
            "attachment/add" Shell attachment_add: AttachmentAdd => Attachments,
            /// Takes something off the message.
            "attachment/remove" Window attachment_remove: AttachmentRemove => Attachments,
            /// The change set of a task.
            "review/changes" Window review_changes: TaskId => ChangeSet,
            /// The shape of one file's diff.
            "review/open" Window review_open: ReviewOpen => FileDiff,
            /// Marks files.
            "review/decide" Window review_decide: ReviewDecide => ChangeSet,
            /// Takes the newest decision back.
            "review/takeBack" Window review_take_back: TaskId => ChangeSet,
            /// The checks there are, for a task or for the project.
            "check/list" Window check_list: CheckFor => CheckList,
            /// Runs a check in a task's draft.
            "check/run" Window check_run: CheckRunRequest => Nothing,
            /// Stops the check or the rounds under way.
            "check/stop" Window check_stop: TaskId => Nothing,
            /// Keeps a check that the person typed.
            "check/save" Window check_save: CheckSave => CheckList,
            /// Removes a check that the person typed.
            "check/remove" Window check_remove: CheckRemove => CheckList,
            /// Sends the failures of a check's newest run to the agent.
            "check/send" Window check_send: CheckNamed => Task,
            /// Repeats a check and the agent until the check passes.
            "check/untilGreen" Window check_until_green: CheckUntilGreen => Task,
            /// What Apply would write now.
            "apply/preview" Window apply_preview: TaskId => ApplyPreview,
            /// Writes approved files into the project.
            "apply/commit" Window apply_commit: ApplyCommit => ApplyOutcome,
            /// Undoes an apply exactly.
            "apply/undo" Window apply_undo: ApplyId => ApplyOutcome,
            /// Applies again what was undone.
            "apply/redo" Window apply_redo: ApplyId => ApplyOutcome,
            /// The applies of the open project, newest first.
            "apply/history" Window apply_history: Nothing => Vec<Apply>,
        }
    };
}

pub(crate) use command_table;
